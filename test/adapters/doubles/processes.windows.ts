/** What doubles know of more than one process: what is open when one ends, and what the kernel keeps. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import koffi from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { broken, calls, failAt, openHandles, startDoubles } from "../../fixtures/doubles.ts";
import { inRepository } from "../../fixtures/repository.ts";
import { scratchFolder } from "../../fixtures/scratch.ts";
import { win32 } from "./calling.ts";

const processes = suite("doubles: processes");
processes.before.each(startDoubles);

/** Runs `body` in another process, which has koffi, `folder`, and CimCreateImage, CimMountImage and CimDismountImage. */
function elsewhere(folder: string, body: string): void {
  const program = `
    const { default: koffi } = await import(${JSON.stringify(pathToFileURL(inRepository("node_modules/koffi/index.js")))});
    const folder = ${JSON.stringify(folder)};
    const cimfs = koffi.load("cimfs.dll");
    const CimCreateImage = cimfs.func("int CimCreateImage(str16 path, str16 existing, str16 name, _Out_ void **image)");
    const CimCommitImage = cimfs.func("int CimCommitImage(void *image)");
    const CimCloseImage = cimfs.func("void CimCloseImage(void *image)");
    const CimMountImage = cimfs.func("int CimMountImage(str16 path, str16 name, uint32_t flags, const void *volume)");
    const image = [null];
    ${body}`;
  const { status, error } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
  assert.is(error, undefined);
  assert.is(status, 0);
}

const VOLUME = Buffer.alloc(16, 7);

processes("a mount outlives the process that made it", () => {
  const folder = scratchFolder();
  elsewhere(
    folder,
    `CimCreateImage(folder, null, "a.cim", image);
    CimCommitImage(image[0]);
    CimCloseImage(image[0]);
    CimMountImage(folder, "a.cim", 0, Buffer.alloc(16, 7));`,
  );
  assert.equal(openHandles(), ["mounted volume 07070707-0707-0707-0707-070707070707"]);
  const CimDismountImage = koffi.load("cimfs.dll").func("int CimDismountImage(const void *volume)");
  assert.is(CimDismountImage(VOLUME), 0);
  assert.equal(openHandles(), []);
  assert.equal(broken(), []);
  assert.equal(new Set(calls().map(({ process }) => process)).size, 2);
});

processes("what a process left open is told of, and is in nobody's way", () => {
  const folder = scratchFolder();
  elsewhere(folder, `CimCreateImage(folder, null, "a.cim", image);`);
  assert.match(openHandles().join(), /^image 1 of process \d+$/);
  const CimCreateImage = koffi
    .load("cimfs.dll")
    .func("int CimCreateImage(str16 path, str16 existing, str16 name, _Out_ void **image)");
  assert.is(CimCreateImage(folder, null, "a.cim", [null]), 0);
});

processes("failures are demanded of other processes too", () => {
  failAt("CimCreateImage", 0x80070005);
  elsewhere(join(scratchFolder(), "none"), `CimCreateImage(folder, null, "a.cim", image);`);
  assert.equal(
    calls().map(({ demanded, result }) => [demanded, result]),
    [[true, win32(5) >>> 0]],
  );
});

processes.run();
