/** Block maps and hash trees in a browser: what they show and say, by pointer and by keyboard, on both grounds. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawMapSvg, openImage } from "../../src/index.ts";
import { makeImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { inRepository } from "../fixtures/repository.ts";
import { inChromium } from "./chromium.ts";
import { bundled, call } from "./sites.ts";

const tests = suite("browser: maps and hash trees");
const test = inChromium(tests);

const MIB = 1024 * 1024;
const CONTENT = noise(24 * MIB);

async function vhdOf(content: Uint8Array) {
  const tar = layerTar([
    entry("dir", "usr"),
    entry("file", "usr/<b>first", { data: content.subarray(0, 9 * MIB) }),
    entry("file", "usr/second", { data: content.subarray(9 * MIB) }),
  ]);
  const { image, result } = await makeImage(tar, { verity: true, container: "vhd", profile: "modern" });
  return { image, rootHash: result.rootHash! };
}

const changed = Buffer.from(CONTENT);
changed[9 * MIB + 5 * 4096]! ^= 1;
const A = await vhdOf(CONTENT);
const B = await vhdOf(changed);
const small = await makeImage(layerTar([entry("file", "only", { data: Buffer.from("x") })]), { profile: "modern" });
const FILES = { "/a.vhd": A.image, "/b.vhd": B.image, "/small.ext4": small.image };

type Visit = Parameters<Parameters<typeof test>[1]>[0];
const open = async (visit: Visit): Promise<Page> => visit.open(await bundled("maps.ts", FILES));

/** What axe-core finds wrong. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(inRepository("node_modules/axe-core/axe.min.js"), "utf8"));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; help: string }[] }> };
    };
    return (await axe.run()).violations.map(({ id, help }) => `${id}: ${help}`);
  });
}

const readout = (page: Page) => page.locator(".block-readout").innerText();

test("a cell is told by keyboard: what it is, whose, and its path", async (visit) => {
  const page = await open(visit);
  await call(page, "showMap", "/a.vhd");
  await page.focus(".block-field");
  await page.keyboard.press("ArrowDown");
  await page.locator(".block-readout", { hasText: "content of /usr/<b>first (inode" }).waitFor();
  assert.match(
    await readout(page),
    /^blocks \d+ to \d+ \(.*\)\nfile data\ncontent of \/usr\/<b>first \(inode \d+\), from its byte \d+ on$/,
  );
  await page.keyboard.press("Control+End");
  assert.match(await readout(page), /footer of the VHD/);
  await page.keyboard.press("Control+Home");
  assert.match(await readout(page), /superblock/);
});

test("Enter looks closer, to single blocks; Escape steps back", async (visit) => {
  const page = await open(visit);
  await call(page, "showMap", "/a.vhd");
  await page.focus(".block-field");
  const scale = page.locator(".block-scale");
  const whole = await scale.innerText();
  for (let steps = 0; await page.getByRole("button", { name: "Look closer" }).isEnabled(); steps++) {
    assert.ok(steps < 5);
    await page.keyboard.press("Enter");
  }
  assert.match(await scale.innerText(), /a cell is one block of 4\.0 KiB$/);
  assert.match(await readout(page), /^block 0\nsuperblock\ngroup 0$/);
  while (await page.getByRole("button", { name: "Step back" }).isEnabled()) await page.keyboard.press("Escape");
  assert.is(await scale.innerText(), whole);
});

test("a cell is told where the pointer is", async (visit) => {
  const page = await open(visit);
  await call(page, "showMap", "/a.vhd");
  const { x, y, width } = (await page.locator(".block-plane").boundingBox())!;
  await page.mouse.move(x + width - 12, y + 20);
  await page.locator(".block-readout", { hasText: "content of /usr/" }).waitFor();
  const told = await readout(page);
  await page.mouse.move(x + width / 2, y + 40);
  await page.waitForFunction(`document.querySelector(".block-readout").innerText !== ${JSON.stringify(told)}`);
});

test("the legend has every use in numbers, and shows one of them alone", async (visit) => {
  const page = await open(visit);
  await call(page, "showMap", "/a.vhd");
  const image = await openImage(A.image);
  const uses = new Set(image.blocks().map(({ use }) => use));
  image.close();
  const rows = page.locator(".block-legend tbody tr");
  assert.is(await rows.count(), uses.size + 3); // of the tree, its superblock, and the footer
  const button = page.getByRole("button", { name: "directories" });
  await button.click();
  assert.is(await button.getAttribute("aria-pressed"), "true");
  const veiled = await page.locator(".block-veil").getAttribute("d");
  assert.ok(veiled!.length > 1000);
  await button.press("Enter");
  assert.is(await page.locator(".block-veil").getAttribute("d"), "");
});

test("it fits any width, and another image takes its place", async (visit) => {
  const page = await open(visit);
  await call(page, "showMap", "/a.vhd");
  for (const width of [1200, 320, 700]) {
    await page.setViewportSize({ width, height: 800 });
    await page.waitForFunction("document.documentElement.scrollWidth <= innerWidth");
    const { x, width: drawn } = (await page.locator(".block-plane").boundingBox())!;
    assert.ok(x + drawn <= width && drawn > width / 2, `${drawn} of ${width}`);
  }
  await call(page, "updateMap", "/small.ext4");
  assert.match(await page.locator(".block-scale").innerText(), /a cell is one block/);
});

test("a million runs are drawn while one waits", async (visit) => {
  const page = await open(visit);
  await call(page, "showMap", "/small.ext4");
  assert.ok((await call<number>(page, "drawLarge", 1_000_000)) < 5000);
});

test("the browser's picture is Node's, byte for byte", async (visit) => {
  const page = await open(visit);
  const image = await openImage(A.image);
  assert.is(await call(page, "svgOf", "/a.vhd", "a"), drawMapSvg(image.blockMap(), { title: "a" }));
  image.close();
});

test("a tree is gone through by keyboard, from the root hash to the block", async (visit) => {
  const page = await open(visit);
  await call(page, "showTree", "/a.vhd");
  const way = page.locator(".tree-way li");
  assert.is(await way.nth(0).innerText(), `Root hash\n${A.rootHash}`);
  await page.focus(".tree-field");
  for (const key of ["ArrowUp", "ArrowRight", "ArrowDown", "End"]) await page.keyboard.press(key);
  await page.locator(".tree-end", { hasText: "content of /usr/<b>first" }).waitFor();
  assert.match(
    await page.locator(".tree-end").innerText(),
    /^Block 255 of the data: content of \/usr\/<b>first \(inode \d+\)/,
  );
  assert.match(await way.nth(1).innerText(), /^Root block of the tree: digest 2 of \d+\n[0-9a-f]{64}$/);
  assert.match(
    await way.nth(2).innerText(),
    /^Level 1, block 2 of \d+ \(block 2 of the tree\): digest 128 of 128\n[0-9a-f]{64}$/,
  );
  await page.getByLabel("Block of data").fill("0");
  await page.getByLabel("Block of data").press("Enter");
  assert.match(await page.locator(".tree-end").innerText(), /^Block 0 of the data/);
});

test("two trees part at the first block that differs, told of both", async (visit) => {
  const page = await open(visit);
  await call(page, "showTrees", "/a.vhd", "/b.vhd");
  assert.match(
    await page.locator(".tree-summary").innerText(),
    /^The digests of \d+ blocks of data differ, first that of block 0\. Each tree: \d+ hash blocks in 2 levels/,
  );
  const next = page.getByRole("button", { name: "Next difference" });
  const end = page.locator(".tree-end p");
  for (let steps = 0; !(await end.nth(1).innerText()).includes("/usr/second"); steps++) {
    assert.ok(steps < 40);
    await next.click();
    await end.nth(1).locator("bdi", { hasText: ": " }).waitFor();
  }
  for (const [index, name] of ["/a.vhd", "/b.vhd"].entries()) {
    assert.match(
      await end.nth(index).innerText(),
      new RegExp(
        `^Block \\d+ of the data in ${name}: content of /usr/second \\(inode \\d+\\), from its byte 20480 on$`,
      ),
    );
  }
  const last = await page.locator(".tree-way li").last().innerText();
  const [, one, other] = /which differs\n([0-9a-f]{64})\n([0-9a-f]{64})$/.exec(last)!;
  assert.is.not(one, other);
});

for (const theme of ["light", "dark"]) {
  test(`nothing is in the way of those who see, hear or move otherwise: ${theme}`, async (visit) => {
    const page = await open(visit);
    for (const [name, ...values] of [
      ["showMap", "/a.vhd"],
      ["showTree", "/a.vhd"],
      ["showTrees", "/a.vhd", "/b.vhd"],
    ] as const) {
      await call(page, name, ...values, theme);
      assert.equal(await violations(page), [], name);
    }
  });
}

tests.run();
