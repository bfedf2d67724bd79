/** Workers of a page: what goes to them arrives, and what becomes of them is heard. */
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { imageOf } from "../fixtures/some-layer.ts";
import { inChromium } from "./chromium.ts";
import type { Outcome } from "./outcome.ts";
import { bundled, call } from "./sites.ts";

const workers = suite("browser: workers");
const test = inChromium(workers);

const layer = realisticTar(300);
const digest = createHash("sha256")
  .update(await imageOf(layer))
  .digest("hex");

/** Workers that answer calls in ways that ours does not. */
const WORKERS = {
  "/closes.js": `const called = new Promise((resolve) => { onmessage = resolve; });
  navigator.locks.request("closes", async () => {
    postMessage({ kind: "ready", alive: "closes" });
    await called;
    close();
    return new Promise(() => {});
  });`,
  "/throws.js": `postMessage({ kind: "ready" });
  onmessage = () => { setTimeout(() => { throw new Error("oops"); }); };`,
  "/unsound.js": "this is no JavaScript",
  "/unsound-later.js": `import "./nothing.js";`,
};

const FILES = {
  "/layer.tar": layer,
  ...Object.fromEntries(Object.entries(WORKERS).map(([path, text]) => [path, Buffer.from(text)])),
};

const page = () => bundled("workers.ts", FILES);

for (const kind of ["blob", "bytes", "stream", "handle", "views of one buffer"]) {
  test(`read a ${kind}`, async (visit) => {
    const tab = await visit.open(await page());
    assert.equal(await call(tab, "convertFrom", kind, "/layer.tar"), { done: digest });
  });
}

test("tell a stream that it is not wanted any more", async (visit) => {
  assert.ok(await call(await visit.open(await page()), "cancelled"));
});

test("empty no file that they are to read", async (visit) => {
  const [said, size] = await call<[{ failed: string }, number]>(
    await visit.open(await page()),
    "ontoItself",
    "/layer.tar",
  );
  assert.is(said.failed, "layer.tar: is source and target at once");
  assert.is(size, layer.length);
});

test("take no stream where another layer is none", async (visit) => {
  assert.ok(await call(await visit.open(await page()), "letGo"));
});

test("hear what a stream fails with, and refuse what is none", async (visit) => {
  const tab = await visit.open(await page());
  const failed = (kind: string) => call<{ failed: string }>(tab, "convertFrom", kind, "/layer.tar");
  assert.is((await failed("a stream that fails")).failed, "source: the network is gone");
  assert.is((await failed("a stream of text")).failed, "source: chunk 1 is string, not a Uint8Array");
  assert.match((await failed("nothing")).failed, /^source: 5 is not a Blob, /);
  assert.match((await failed("locked")).failed, /^source: is a stream that somebody else reads/);
});

test("are as many as there are processors, one when all is done, and none when they were ended", async (visit) => {
  const tab = await visit.open(await page());
  const most = await call<number>(tab, "processors");
  const outcomes = await call<Outcome<string>[]>(tab, "convertAll", new Array(2 * most + 1).fill("/layer.tar"));
  assert.ok(outcomes.every((outcome) => "done" in outcome && outcome.done === digest));
  const { started, ...rest } = await call<Record<string, number>>(tab, "counted");
  assert.equal(rest, { running: 1, most });
  assert.equal(await call(tab, "convertFrom", "blob", "/layer.tar"), { done: digest });
  assert.equal(await call(tab, "counted"), { started, running: 1, most }, "the one that was idle was taken");
  await call(tab, "endWorkers");
  assert.equal(await call(tab, "counted"), { started, running: 0, most });
});

const ENDS: [why: string, url: string, code: ErrorCode, said: RegExp][] = [
  ["its file is missing", "/nothing.js", ErrorCode.Unavailable, /^worker: its file cannot be loaded$/],
  ["its file is no JavaScript", "/unsound.js", ErrorCode.Unavailable, /^worker: its file cannot be loaded$/],
  ["a file that it imports is missing", "/unsound-later.js", ErrorCode.Unavailable, /^worker: its file cannot be/],
  ["it is of another origin", "http://127.0.0.1:1/a.js", ErrorCode.Unavailable, /^worker: cannot be started: /],
  ["it throws what nobody catches", "/throws.js", ErrorCode.Internal, /^worker: Uncaught Error: oops$/],
  ["it ends without a word", "/closes.js", ErrorCode.Internal, /^worker: it has ended$/],
];

for (const [why, url, code, said] of ENDS) {
  test(`are missed: ${why}`, async (visit) => {
    visit.expect(/console: (Failed to load resource|Uncaught Error: oops)/);
    const tab = await visit.open(await page());
    await call(tab, "setLocations", { worker: url, wasm: "/" });
    const { failed, code: found } = await call<{ failed: string; code: number }>(
      tab,
      "convertFrom",
      "blob",
      "/layer.tar",
    );
    assert.match(failed, said);
    assert.is(found, code);
  });
}

workers.run();
