/** Every state of the page: it is reached, shows what it should, and anyone can use it. */
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { smallImage } from "../fixtures/images.ts";
import { inRepository } from "../fixtures/repository.ts";
import { archive, member } from "../fixtures/tar-builder.ts";
import { inChromium } from "./chromium.ts";
import { assertGood, choose, drop, openPage, until } from "./page-visit.ts";

const states = suite("browser: states of the page");
const test = inChromium(states);

const layer = (name: string, content = name): Uint8Array =>
  archive([member({ name: "etc/", type: "5" }), member({ name }, content)]);
const LAYER = { name: "layer.tar", bytes: layer("etc/issue", "hello\n") };

test("empty: says what it does, and where to begin", async (visit) => {
  const page = await openPage(visit);
  assert.match(await page.locator("h1").innerText(), /Drop a container layer, take a disk/);
  await assertGood(page, "empty");
});

test("ready: a layer that was dropped is shown, with what can be made of it", async (visit) => {
  const page = await openPage(visit);
  await drop(page, [LAYER]);
  await until(page, "ready");
  assert.match(await page.locator(".layers").innerText(), /layer\.tar\s+3\.0 KiB · tar/);
  assert.match(await page.locator(".command pre").innerText(), "layerkiln ext4 layer.tar -o layer.ext4");
  await page.getByText("More", { exact: true }).click();
  await assertGood(page, "ready-layer");
}, 40_000);

test("ready: several layers have an order, which can be changed", async (visit) => {
  const page = await openPage(visit);
  await drop(page, [
    { name: "2.tar", bytes: layer("b") },
    { name: "10.tar", bytes: layer("c") },
    { name: "1.tar", bytes: layer("a") },
  ]);
  await until(page, "ready");
  const names = () => page.locator(".layers .name").allInnerTexts();
  assert.equal(await names(), ["1.tar", "2.tar", "10.tar"]);
  await page.getByRole("button", { name: "Move layer 1 down" }).click();
  assert.equal(await names(), ["2.tar", "1.tar", "10.tar"]);
  assert.is(await page.evaluate("document.activeElement.ariaLabel"), "Move layer 2 down");
  await page.getByRole("button", { name: "Remove layer 3" }).click();
  assert.equal(await names(), ["2.tar", "1.tar"]);
  await assertGood(page, "ready-layers");
}, 40_000);

test("ready: the sample is a container image, with its layers and how they were made", async (visit) => {
  const page = await openPage(visit);
  await page.getByText("Try it with a sample").click();
  await until(page, "ready");
  assert.is(await page.locator(".layers li").count(), 3);
  assert.match(await page.locator(".command pre").innerText(), "layerkiln rootfs sample.tar -o sample.ext4");
  await assertGood(page, "ready-archive");
}, 40_000);

test("working, done: progress, then the disk, with its root hash to copy", async (visit) => {
  const page = await openPage(visit);
  await drop(page, [LAYER]);
  await until(page, "ready");
  await page.getByLabel("Protect with dm-verity").check();
  await page.getByText("Make the disk").click();
  await until(page, "done");
  assert.match(await page.locator(".made").innerText(), /layer\.ext4[\s\S]*Root hash\s+[0-9a-f]{64}/);
  await assertGood(page, "done");
}, 40_000);

test("failed: what is no layer is refused in the words of the command line", async (visit) => {
  const page = await openPage(visit);
  const bytes = Buffer.from(LAYER.bytes);
  bytes.write("777777", 512 + 148); // the checksum of the second member
  await drop(page, [{ name: "corrupt.tar", bytes }]);
  await until(page, "ready");
  await page.getByText("Make the disk").click();
  await until(page, "failed");
  assert.match(await page.locator(".sentence").innerText(), /^tar: header at 512: /);
  await assertGood(page, "failed");
  await page.getByText("Change and try again").click();
  await until(page, "ready");
}, 40_000);

test("ready: a disk image is looked into: its files are listed, and one is taken", async (visit) => {
  const page = await openPage(visit);
  await choose(page, [{ name: "disk.img", bytes: smallImage("extents") }]);
  await until(page, "ready");
  await page.locator(".files").first().waitFor();
  await assertGood(page, "ready-disk");
}, 60_000);

test("ready: of two disk images, the first block that differs is named", async (visit) => {
  const page = await openPage(visit);
  const other = smallImage("extents");
  other.writeUInt32LE(0x12345678, 1024 + 0x2c); // when it was mounted
  await choose(page, [
    { name: "a.img", bytes: smallImage("extents") },
    { name: "b.img", bytes: other },
  ]);
  await until(page, "ready");
  await page.locator(".verdict").waitFor();
  assert.match(await page.locator(".pair").innerText(), /superblock/);
  await assertGood(page, "ready-pair");
}, 60_000);

test("what is pasted is taken as what is dropped", async (visit) => {
  const page = await openPage(visit);
  await drop(page, [LAYER], "paste");
  await until(page, "ready");
  assert.match(await page.locator(".layers").innerText(), "layer.tar");
});

test("what makes no sense together is refused", async (visit) => {
  const page = await openPage(visit);
  await choose(page, [LAYER, { name: "disk.img", bytes: smallImage("tiny") }]);
  await until(page, "failed");
  assert.match(
    await page.locator(".sentence").innerText(),
    "disk.img: is a disk image, and is not a layer like the others",
  );
});

test("a mistake is said at its field, and nothing is made", async (visit) => {
  const page = await openPage(visit);
  await drop(page, [LAYER]);
  await until(page, "ready");
  await page.getByLabel("Of a size").check();
  await page.getByLabel("Bytes", { exact: true }).fill("much");
  await page.getByText("Make the disk").click();
  assert.match(await page.locator("[data-problem=bytes]").innerText(), /“much” is not a size/);
  assert.is(await page.evaluate("document.activeElement.name"), "bytes");
  assert.is(await page.evaluate("document.body.dataset.at"), "ready");
});

test("dark and light: as the system has it, until the switch is used; then as it was left", async (visit) => {
  const page = await openPage(visit);
  const theme = () => page.evaluate("document.documentElement.dataset.theme");
  assert.is(await theme(), "light");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForSelector("html[data-theme=dark]");
  await page.getByRole("button", { name: "Switch to light colours" }).click();
  assert.is(await theme(), "light");
  await page.reload();
  assert.is(await theme(), "light");
});

test("the sample of the page is the repository's", async (visit) => {
  const page = await openPage(visit);
  const text = (await page.evaluate("fetch('sample.tar').then((response) => response.text())")) as string;
  assert.ok(text.includes(readFileSync(inRepository("examples/image/index.json"), "utf8")));
});

states.run();
