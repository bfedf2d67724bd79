/** Container images and disks on the page: which one is meant, what is in it, and its pictures. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convertCim } from "../../src/index.ts";
import { asArchive, Blobs, layerOf } from "../fixtures/container-image.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { archive, member } from "../fixtures/tar-builder.ts";
import { baseTar, childTar } from "../fixtures/windows-base.ts";
import { inChromium } from "./chromium.ts";
import { assertAccessible, assertGood, choose, drop, openPage, until } from "./page-visit.ts";

const images = suite("browser: images on the page");
const test = inChromium(images);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function twoPlatforms(): Uint8Array {
  const blobs = new Blobs();
  const of = (architecture: string) =>
    blobs.image([layerOf(architecture)], {
      architecture,
      history: [{ created_by: `COPY ${architecture} / # buildkit` }],
    });
  const index = blobs.index(
    ["arm64", "amd64"].map((architecture) => ({ ...of(architecture), platform: { os: "linux", architecture } })),
  );
  return readFileSync(asArchive(blobs.layout([index])));
}

test("of several platforms the usual one is taken, and another is a choice away", async (visit) => {
  const page = await openPage(visit);
  await drop(page, [{ name: "app.tar", bytes: twoPlatforms() }]);
  await until(page, "ready");
  const image = page.getByLabel("Image", { exact: true });
  assert.match(await image.locator("option:checked").innerText(), /linux\/amd64/);
  assert.is(await page.locator(".step").innerText(), "COPY amd64 /");
  assert.match(await page.locator(".command pre").innerText(), /--platform linux\/amd64/);
  await image.selectOption({ index: 0 });
  await page.getByText("COPY arm64 /").waitFor();
  assert.match(await page.locator(".command pre").innerText(), /--platform linux\/arm64/);
  await assertAccessible(page, "an image of several");
});

/** The members of a tar, by name. */
function membersOf(tar: Uint8Array): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const text = (at: number, length: number) => Buffer.from(tar.subarray(at, at + length)).toString("latin1");
  for (let at = 0; tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    found.set(text(at, 100).replace(/\0.*$/s, ""), tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

test("a layer of a Windows image becomes the CIM that Node makes over its parent, and is looked into", async (visit) => {
  const blobs = new Blobs();
  const bytes = readFileSync(asArchive(blobs.layout([blobs.image([baseTar, childTar], { os: "windows" })])));
  const page = await openPage(visit);
  await drop(page, [{ name: "app.tar", bytes }]);
  await until(page, "ready");
  await page.getByLabel("Layer", { exact: true }).selectOption({ index: 1 });
  await page.getByText("Make the disk").click();
  await until(page, "done");
  const { name, path } = await visit.download(page, () => page.getByText("Download", { exact: true }).first().click());
  assert.is(name, "app-layer-2.cim.tar");

  const base = scratchFolder();
  const { cim: parent } = await convertCim(baseTar, base, { name: "layer-0" });
  const folder = mkdtempSync(join(base, "child-"));
  await convertCim(childTar, folder, { name: "app-layer-2", parents: [parent] });
  const made = membersOf(readFileSync(path));
  assert.equal([...made.keys()].sort(), readdirSync(folder).sort());
  for (const [name, bytes] of made) assert.is(sha256(bytes), sha256(readFileSync(join(folder, name))), name);
  assert.equal(await page.evaluate(LEFT), []);

  await choose(
    page,
    [...made].map(([name, bytes]) => ({ name, bytes })),
  );
  await until(page, "ready");
  await page.getByRole("button", { name: "Files/" }).click();
  await page.getByText("changed", { exact: true }).waitFor();
  await assertAccessible(page, "a CIM");
}, 90_000);

/** Runs in the page: what is left of CIMs that were only on the way. */
const LEFT = `(async () => {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle("layerkiln-unfinished");
  return Array.fromAsync(folder.keys());
})()`;

const LAYERS = [
  {
    name: "1.tar",
    bytes: archive([
      member({ name: "etc/", type: "5" }),
      member({ name: "etc/a" }, "a".repeat(9000)),
      member({ name: "b" }, "b".repeat(5000)),
    ]),
  },
  { name: "2.tar", bytes: archive([member({ name: "etc/.wh.a" }), member({ name: "b" }, "c".repeat(100))]) },
];

test("what takes room in layers is drawn, and said", async (visit) => {
  const page = await openPage(visit);
  await drop(page, LAYERS);
  await until(page, "ready");
  await page.getByText("What takes room in it").click();
  await page.locator(".stack-bars").waitFor();
  assert.match(await page.locator(".later-body").first().innerText(), /13\.8 KiB/);
  await assertGood(page, "layers");
}, 60_000);

test("blocks and hash tree of what was made are drawn, and it is held against its root hash", async (visit) => {
  const page = await openPage(visit);
  await drop(page, LAYERS);
  await until(page, "ready");
  await page.getByLabel("Protect with dm-verity").check();
  await page.getByText("Make the disk").click();
  await until(page, "done");
  await page.getByRole("button", { name: "Look inside", exact: true }).click();
  await page.getByText("Blocks: what stands where").click();
  await page.locator(".block-map").waitFor();
  await page.locator("summary", { hasText: "Hash tree" }).click();
  await page.getByText("Check the disk against it").click();
  await page.getByText("All of it is what the root hash says.", { exact: true }).last().waitFor();
  await assertGood(page, "inside");
}, 60_000);

images.run();
