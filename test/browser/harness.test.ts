/** The harness itself: it sees what pages must not do. */
import { rejects } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inChromium } from "./chromium.ts";
import { peaksWhile } from "./memory.ts";
import { processesOf } from "./processes.ts";
import { bundled, call } from "./sites.ts";
import type { Visit } from "./visit.ts";

const harness = suite("browser: the harness");
const test = inChromium(harness);
const PAGE = "harness.ts";

test("a page's module is called, and reads what is served beside it", async (visit) => {
  const page = await visit.open(await bundled(PAGE, { "/layer.tar": Buffer.from("bytes") }));
  assert.is(await call(page, "add", 2, 3), 5);
  assert.is(await call(page, "fetchText", "/layer.tar"), "bytes");
});

const FAULTS: [what: string, name: string, values: unknown[], said: RegExp][] = [
  ["an error of the console", "complain", [], /console: on purpose/],
  ["an error that nobody catches", "throwLater", [], /uncaught: .*thrown on purpose/],
  ["a request that the policy stops", "fetchElsewhere", ["http://example.com/"], /Content Security Policy/],
];

for (const [what, name, values, said] of FAULTS) {
  test(`${what} fails the test`, async (visit) => {
    const page = await visit.open(await bundled(PAGE));
    await call(page, name, ...values);
    await page.waitForTimeout(100);
    assert.throws(() => visit.check(), said);
    visit.expect(said);
    if (name === "fetchElsewhere") visit.expect(/Failed to load|Refused|blocked|violates/);
  });
}

for (const elsewhere of ["http://example.com/", "https://example.com/", "http://127.0.0.1:4599/"]) {
  test(`a page of another server fails the test: ${elsewhere}`, async (visit) => {
    const page = await visit.open(await bundled(PAGE));
    await page.goto(elsewhere).catch(() => {});
    assert.throws(() => visit.check(), /asked .*(example\.com|:4599)/);
    visit.expect(/asked .*(example\.com|:4599)/);
    visit.expect(/502/);
  });
}

test("each page that is opened has an origin of its own, whose files outlive the tab", async (visit) => {
  const site = await bundled(PAGE);
  const { address } = await visit.serve(site);
  assert.is(await call(await visit.goTo(address), "store", "name", "first"), undefined);
  assert.is(await call(await visit.goTo(address), "store", "name", "second"), "first");
  assert.is(await call(await visit.open(site), "store", "name", "third"), undefined);
});

test("what a page saves is there, under its name", async (visit) => {
  const page = await visit.open(await bundled(PAGE));
  const { name, path } = await visit.download(page, () => call(page, "save", "disk.vhd", "contents"));
  assert.is(name, "disk.vhd");
  assert.is(readFileSync(path, "utf8"), "contents");
});

const MB = 1_000_000;

if (process.platform === "linux") {
  test("memory is measured: a page that hoards is told from one that lets go", async (visit) => {
    const page = await visit.open(await bundled(PAGE, { "/part": randomBytes(20 * MB) }));
    const run = (name: string) =>
      peaksWhile(visit.profile, async () => assert.is(await call(page, name, "/part", 20), 400 * MB));
    const passing = await run("passThrough");
    assert.ok(passing.tab > 10 * MB && passing.tab < 300 * MB, `${passing.tab}`);
    const hoarding = await run("hoard");
    assert.ok(hoarding.tab > 400 * MB, `${hoarding.tab}`);
  });
}

/** What `inChromium` makes of one test. */
function handlerOf(work: (visit: Visit) => Promise<void>, longest: number): () => Promise<void> {
  let handler: (() => Promise<void>) | undefined;
  const define = (_title: string, made: () => Promise<void>) => {
    handler = made;
  };
  inChromium(Object.assign(define, { after() {} }) as unknown as typeof harness)("a title", work, longest);
  return handler!;
}

test("a page that computes for ever fails its test, and leaves neither processes nor a profile", async () => {
  let profile = "";
  const handler = handlerOf(async (visit) => {
    profile = visit.profile;
    await call(await visit.open(await bundled(PAGE)), "computeForEver");
  }, 5_000);
  await rejects(handler, /not ended after 5 s/);
  assert.is(existsSync(profile), false);
  assert.equal(processesOf(profile), []);
});

harness.run();
