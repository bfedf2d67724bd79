/** The whole of it: layers are dropped on the page that we ship, and disks are taken that the command line makes too. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PAGE_POLICY } from "../../src/host/web-server/policy.ts";
import type { Encoding } from "../../src/host/web-server/site-file.ts";
import { edgeTar } from "../fixtures/edge.ts";
import { runLayerkiln } from "../fixtures/program.ts";
import { inRepository } from "../fixtures/repository.ts";
import { header } from "../fixtures/tar-builder.ts";
import { inChromium } from "./chromium.ts";
import { writeLargeLayer } from "./large-layer.ts";
import { assertAccessible, choose, drop, openPage, type TestFile, until } from "./page-visit.ts";
import { builtPage } from "./sites.ts";
import type { Visit } from "./visit.ts";

const MB = 1_000_000;
const FIRST_LOAD_BYTES = 300_000;

const whole = suite("browser: the whole");
const test = inChromium(whole);
const folder = mkdtempSync(join(tmpdir(), "layerkiln-whole-"));
whole.after(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function makeDisk(page: Page): Promise<void> {
  await page.getByText("Make the disk").click();
  await until(page, "done");
}

/** Digest of what the page has made, as it is downloaded; and its name. */
async function taken(visit: Visit, page: Page): Promise<{ name: string; digest: string }> {
  const { name, path } = await visit.download(page, () =>
    page.locator(".made").getByRole("button", { name: "Download" }).click(),
  );
  return { name, digest: sha256(readFileSync(path)) };
}

/** The same by the command that the page shows, run where the file that was dropped lies. */
async function byItsCommand(page: Page, { name, bytes }: TestFile): Promise<{ name: string; digest: string }> {
  const [program, ...words] = (await page.locator(".command pre").first().innerText()).split(" ");
  assert.is(program, "layerkiln");
  const inFolder = (word: string) => join(folder, word);
  writeFileSync(inFolder(name), bytes);
  const output = words[words.indexOf("-o") + 1]!;
  const { status, stderr } = runLayerkiln(
    words.map((word) => (word === name || word === output ? inFolder(word) : word)),
  );
  assert.is(status, 0, stderr);
  return { name: output, digest: sha256(readFileSync(inFolder(output))) };
}

const LAYER = edgeTar("sizes");
const CASES: [why: string, file: TestFile, choices: string[]][] = [
  ["a tar", { name: "layer.tar", bytes: LAYER }, []],
  ["a gzip", { name: "layer.tar.gz", bytes: gzipSync(LAYER) }, ["Protect with dm-verity"]],
  ["an archive", { name: "sample.tar", bytes: new Uint8Array() }, []],
];

for (const [why, file, choices] of CASES) {
  test(`of ${why} the page makes what its command makes, byte for byte`, async (visit) => {
    const page = await openPage(visit);
    const { name } = file;
    const bytes = file.bytes.length > 0 ? file.bytes : readFileSync(inRepository(`build/page/${name}`));
    await drop(page, [{ name, bytes }]);
    await until(page, "ready");
    for (const choice of choices) await page.getByLabel(choice).check();
    await makeDisk(page);
    assert.equal(await taken(visit, page), await byItsCommand(page, { name, bytes }));
    await assertAccessible(page, "done");
  });
}

/** Files of the origin's own, by path. Runs in the page. */
const OWN_FILES = `(async function list(folder, prefix) {
  const names = [];
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "file") names.push(prefix + name);
    else names.push(...(await list(handle, prefix + name + "/")));
  }
  return names;
})`;

async function ownFiles(page: Page): Promise<string[]> {
  return page.evaluate(`navigator.storage.getDirectory().then((root) => ${OWN_FILES}(root, ""))`);
}

async function waitForNoFiles(page: Page): Promise<void> {
  for (let tried = 0; tried < 50; tried++) {
    if ((await ownFiles(page)).length === 0) return;
    await page.waitForTimeout(100);
  }
  assert.equal(await ownFiles(page), []);
}

test("what is cancelled half-way leaves nothing behind, and can be made anew", async (visit) => {
  const path = join(folder, "cancelled.tar");
  writeLargeLayer(path, 600 * MB);
  const page = await openPage(visit);
  await page.locator("input[type=file]").first().setInputFiles(path);
  await until(page, "ready");
  await page.getByText("Make the disk").click();
  while (!(await page.evaluate("document.querySelector('.working progress')?.value > 0.1")))
    await page.waitForTimeout(20);
  assert.ok((await ownFiles(page)).length > 0, "it is being written");
  await assertAccessible(page, "working");
  await page.getByRole("button", { name: "Cancel" }).click();
  await until(page, "ready");
  await waitForNoFiles(page);
  await makeDisk(page);
  rmSync(path);
});

test("what was made once is there at once, after the page was loaded anew", async (visit) => {
  const page = await openPage(visit);
  const dropAndMake = async (name: string) => {
    await drop(page, [{ name, bytes: LAYER }]);
    await until(page, "ready");
    await makeDisk(page);
    return page.locator(".made .facts").innerText();
  };
  assert.match(await dropAndMake("layer.tar"), /made in/);
  const first = await taken(visit, page);
  await page.reload();
  assert.match(await dropAndMake("another-name.tar"), /kept from before/);
  assert.is((await taken(visit, page)).digest, first.digest);
});

/** A header at the second member, whose checksum is wrong. */
function damagedLayer(): Uint8Array {
  const bytes = Buffer.concat([header({ name: "a" }), header({ name: "b" }), Buffer.alloc(1024)]);
  bytes[512]! ^= 1;
  return bytes;
}

const REFUSED: [why: string, bytes: Uint8Array][] = [
  ["a damaged header", damagedLayer()],
  ["an end in the midst of a file", LAYER.subarray(0, 5000)],
  ["a gzip that is cut off", gzipSync(LAYER).subarray(0, 200)],
];

for (const [why, bytes] of REFUSED) {
  test(`a layer with ${why} is refused with the command line's own sentence`, async (visit) => {
    const page = await openPage(visit);
    await choose(page, [{ name: "layer.tar", bytes }]);
    await until(page, "ready");
    await page.getByText("Make the disk").click();
    await until(page, "failed");
    writeFileSync(join(folder, "refused.tar"), bytes);
    const { status, stderr } = runLayerkiln(["ext4", join(folder, "refused.tar"), "-o", join(folder, "refused.ext4")]);
    assert.is(status, 1);
    assert.is(`layerkiln: ${await page.locator(".sentence").innerText()}\n`, stderr);
    await waitForNoFiles(page);
  });
}

test("the first load is less than 300 KB, compressed", async (visit) => {
  const site = await builtPage();
  const { address } = await visit.serve(site);
  const page = await visit.goTo("about:blank");
  const sent = new Map<string, string | undefined>();
  page.on("response", (response) => {
    // What the service worker fetches, beside and for later, is no part of it.
    if (!response.url().startsWith(address) || response.request().serviceWorker()) return;
    sent.set(new URL(response.url()).pathname, response.headers()["content-encoding"]);
  });
  await page.goto(address);
  await drop(page, [{ name: "layer.tar", bytes: LAYER }]);
  await until(page, "ready");
  await makeDisk(page);
  const sizes = [...sent].map(async ([path, encoding]) => {
    const { length } = await site.find(path)!.bytesIn(encoding as Encoding | undefined);
    return [path, length] as const;
  });
  const all = await Promise.all(sizes);
  const sum = all.reduce((sum, [, size]) => sum + size, 0);
  assert.ok(all.some(([path]) => /core\S*\.wasm$/.test(path)) && all.some(([path]) => /worker/.test(path)), all.join());
  assert.ok(sum > 50_000 && sum < FIRST_LOAD_BYTES, `${sum} bytes: ${all.join()}`);
});

test("the policy stands in the page itself", async (visit) => {
  const page = await openPage(visit);
  assert.is(await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content"), PAGE_POLICY);
});

test("after the first load it works without a server", async (visit) => {
  const server = await visit.serve(await builtPage());
  const page = await visit.goTo(server.address);
  await page.getByText("Works offline now.").waitFor();
  await server.close();
  await page.reload();
  await drop(page, [{ name: "layer.tar", bytes: LAYER }]);
  await until(page, "ready");
  await makeDisk(page);
  assert.equal(await taken(visit, page), await byItsCommand(page, { name: "layer.tar", bytes: LAYER }));
});

whole.run();
