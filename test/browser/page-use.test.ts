/** The page in use: what is taken from it, what it keeps, who uses it, and what is done to it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ConvertOptions, convert, makeRootfs, openContainerImage } from "../../src/index.ts";
import { noise } from "../fixtures/random.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { archive, member } from "../fixtures/tar-builder.ts";
import { inChromium } from "./chromium.ts";
import { assertAccessible, drop, openPage, until } from "./page-visit.ts";
import { builtPage } from "./sites.ts";

const use = suite("browser: the page in use");
const test = inChromium(use);

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const LAYER = archive([
  member({ name: "etc/", type: "5" }),
  member({ name: "etc/issue" }, "hello\n"),
  member({ name: "noise" }, noise(300_000)),
  member({ name: ".wh.gone" }),
]);

/** What Node makes of it. */
async function onNode(layer: Uint8Array, options: ConvertOptions): Promise<Uint8Array> {
  const path = scratchPath("image");
  await convert([layer], path, options);
  return readFileSync(path);
}

async function make(page: Page): Promise<void> {
  await page.getByText("Make the disk").click();
  await until(page, "done");
}

const ORDERS: [what: string, options: ConvertOptions, choose: (page: Page) => Promise<void>][] = [
  ["as it is", {}, async () => {}],
  [
    "in a VHD, with a hash tree and whiteouts",
    { container: "vhd", verity: true, whiteouts: "overlay" },
    async (page) => {
      await page.getByLabel("VHD", { exact: true }).check();
      await page.getByLabel("For overlayfs").check();
      await page.getByLabel("Protect with dm-verity").check();
    },
  ],
  [
    "in a VHDX of a size, with a journal and a label",
    { container: "vhdx", filesystem: { size: 64 * 1024 ** 2, journal: true, label: "kiln" } },
    async (page) => {
      await page.getByLabel("VHDX").check();
      await page.getByLabel("Of a size").check();
      await page.getByLabel("Bytes", { exact: true }).fill("64M");
      await page.getByLabel("Journal").check();
      await page.getByText("More", { exact: true }).click();
      await page.getByLabel("Label").fill("kiln");
    },
  ],
  [
    "by the bytes of hcsshim",
    { profile: "hcsshim" },
    async (page) => {
      await page.getByText("More", { exact: true }).click();
      await page.getByLabel("hcsshim", { exact: true }).check();
    },
  ],
];

for (const [what, options, choose] of ORDERS) {
  test(`a layer, ${what}: the download is what Node makes`, async (visit) => {
    const page = await openPage(visit);
    await drop(page, [{ name: "layer.tar.gz", bytes: gzipSync(LAYER) }]);
    await until(page, "ready");
    await choose(page);
    await make(page);
    const { name, path } = await visit.download(page, () =>
      page.getByText("Download", { exact: true }).first().click(),
    );
    assert.match(name, /^layer\.(ext4|vhdx?)$/);
    assert.is(digestOf(readFileSync(path)), digestOf(await onNode(LAYER, options)));
  }, 60_000);
}

test("the sample becomes the root filesystem that Node makes of the repository's example", async (visit) => {
  const page = await openPage(visit);
  await page.getByText("Try it with a sample").click();
  await until(page, "ready");
  await make(page);
  const { name, path } = await visit.download(page, () => page.getByText("Download", { exact: true }).first().click());
  assert.is(name, "sample.ext4");
  const image = await openContainerImage(inRepository("examples/image"));
  const expected = scratchPath("rootfs");
  await makeRootfs(image.layers, expected);
  assert.is(digestOf(readFileSync(path)), digestOf(readFileSync(expected)));
}, 60_000);

test("the same layer is there at once, also after a reload; then it is deleted", async (visit) => {
  const page = await openPage(visit);
  for (const expected of [/made in/, /kept from before/]) {
    await drop(page, [{ name: "layer.tar", bytes: LAYER }]);
    await until(page, "ready");
    await make(page);
    assert.match(await page.locator(".made .facts").first().innerText(), expected);
    await page.reload();
    await page.locator(".stored li").first().waitFor();
  }
  assert.match(await page.locator(".stored").innerText(), /layer\.ext4/);
  await assertAccessible(page, "with disks that are kept");
  await page.getByRole("button", { name: "Delete: layer.ext4" }).click();
  await page.locator(".stored").waitFor({ state: "hidden" });
}, 60_000);

test("a disk that is being made can be stopped, and is asked for again", async (visit) => {
  const page = await openPage(visit);
  await page.evaluate(`(${DROP_LARGE})()`);
  await until(page, "ready");
  await page.getByText("Make the disk").click();
  await until(page, "working");
  await assertAccessible(page, "working");
  await page.getByText("Cancel", { exact: true }).click();
  await until(page, "ready");
  assert.is(await page.locator(".stored li").count(), 0);
}, 60_000);

/** Runs in the page: a layer of 1.5 GiB that takes no room here. */
const DROP_LARGE = `async () => {
  const bytes = new Uint8Array(await (await fetch("sample.tar")).arrayBuffer()).slice(0, 512);
  const text = (at, value) => bytes.set(new TextEncoder().encode(value), at);
  const size = 1.5 * 1024 ** 3;
  bytes.fill(0, 0, 100);
  text(0, "zeros");
  text(124, size.toString(8).padStart(11, "0"));
  text(148, "        ");
  text(148, bytes.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0") + "\\0 ");
  const piece = new Blob([new Uint8Array(64 * 1024 ** 2)]);
  const file = new File([bytes, ...Array(24).fill(piece), new Uint8Array(1024)], "large.tar");
  const data = new DataTransfer();
  data.items.add(file);
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}`;

/** Presses Tab until what has the focus is called that. */
async function tabTo(page: Page, name: string): Promise<void> {
  const named = `(() => { const { activeElement: now } = document;
    return now.ariaLabel ?? now.labels?.[0]?.textContent ?? now.textContent; })()`;
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    const focused = String(await page.evaluate(named));
    if (focused.startsWith(name)) return;
  }
  assert.unreachable(`Tab never comes to "${name}"`);
}

test("all of it works by keys alone", async (visit) => {
  const page = await openPage(visit);
  await tabTo(page, "Try it with a sample");
  await page.keyboard.press("Enter");
  await until(page, "ready");
  assert.is(await page.evaluate("document.activeElement.id"), "subject-title");
  await tabTo(page, "Root filesystem");
  await page.keyboard.press("ArrowDown"); // one layer of it
  await tabTo(page, "Layer");
  await tabTo(page, "Protect with dm-verity");
  await page.keyboard.press("Space");
  await tabTo(page, "Make the disk");
  await page.keyboard.press("Enter");
  await until(page, "done");
  assert.is(await page.evaluate("document.activeElement.textContent"), "Your disk is ready");
  await tabTo(page, "Download");
  const { name } = await visit.download(page, () => page.keyboard.press("Enter"));
  assert.is(name, "sample-layer-1.ext4");
  await tabTo(page, "Copy root hash");
  await tabTo(page, "Look inside");
  await page.keyboard.press("Enter");
  await page.locator(".files").first().waitFor();
}, 60_000);

test("what is said to those who do not see: little, and what counts", async (visit) => {
  const page = await openPage(visit);
  await page.evaluate(`(() => {
    globalThis.said = [];
    const region = document.querySelector("[role=status]");
    new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
  })()`);
  await drop(page, [{ name: "layer.tar", bytes: LAYER }]);
  await until(page, "ready");
  await make(page);
  const said = (await page.evaluate("said")) as string[];
  assert.is(said[0], "Looking at layer.tar");
  assert.match(said.at(-1)!, /^Done: layer\.ext4, /);
  assert.ok(said.length <= 6, said.join("; "));
  await page.getByRole("button", { name: "Look inside", exact: true }).click();
  await page.locator(".files").waitFor();
  assert.is(await page.evaluate("said.at(-1)"), "Shown: Inside");
  assert.is(await page.locator("[aria-live] :is(ul, table, dl)").count(), 0, "lists that are read out as they fill");
}, 60_000);

test("what is kept cannot be listed: that is said, and all else works", async (visit) => {
  const page = await openPage(visit);
  await drop(page, [{ name: "layer.tar", bytes: LAYER }]);
  await until(page, "ready");
  await make(page); // the store is open then
  await page.evaluate(
    `IDBDatabase.prototype.transaction = () => { throw new DOMException("it is closed", "InvalidStateError"); }`,
  );
  await page.getByRole("button", { name: "layerkiln: back to the start" }).click();
  await page.getByText("store: it is closed").first().waitFor();
  await drop(page, [{ name: "layer.tar", bytes: LAYER }]);
  await until(page, "ready");
}, 60_000);

const HOSTILE: [what: string, name: string][] = [
  ["markup", '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>.tar'],
  ["a turn of direction", "\u202etar.elif\u2066.tar"],
  ["10,000 characters", `${"a".repeat(9_996)}.tar`],
  ["controls", "\u0000\u001b[31m\n\t.tar"],
];

for (const [what, name] of HOSTILE) {
  test(`a name of ${what} does no harm`, async (visit) => {
    const page = await openPage(visit);
    await page.setViewportSize({ width: 360, height: 800 });
    await drop(page, [{ name, bytes: archive([member({ name: name.replaceAll("\0", "").slice(0, 90) }, "x")]) }]);
    await until(page, "ready");
    assert.is(await page.locator("main img, main script").count(), 0);
    assert.is(await page.evaluate("document.documentElement.scrollWidth"), 360);
    assert.is(
      await page.evaluate(String.raw`/[\u202a-\u202e\u2066-\u2069\u001b]/.test(document.body.innerText)`),
      false,
    );
    await make(page);
    await page.getByRole("button", { name: "Look inside", exact: true }).click();
    await page.locator(".files").first().waitFor();
    assert.is(await page.locator("main img, main script").count(), 0);
    assert.not.match(await page.title(), /owned/);
    assert.is(await page.evaluate("document.documentElement.scrollWidth"), 360);
  }, 60_000);
}

test("once it was visited, it works without a network", async (visit) => {
  const server = await visit.serve(await builtPage());
  const page = await visit.goTo(server.address);
  await page.getByText("Works offline now.").waitFor();
  await server.close();
  await page.reload();
  await page.getByText("Try it with a sample").click();
  await until(page, "ready");
  await make(page);
  await page.getByRole("button", { name: "Look inside", exact: true }).click();
  await page.locator(".files").first().waitFor();
}, 60_000);

use.run();
