/** `layerkiln mount`, `umount`, `attach` and `detach` on a Windows whose DLLs are doubles: each is a process of its own. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { broken, calls, failAt, openHandles, startDoubles } from "./fixtures/doubles.ts";
import { goldenCimPath } from "./fixtures/golden-cim-path.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchFolder } from "./fixtures/scratch.ts";
import { areDoubles } from "./oracles/doubles.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

function layerkiln(...words: string[]): [status: number | null, stdout: string, stderr: string] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "utf8" });
  return [status, stdout, stderr];
}

const DONE = [0, "", ""];

const mount = suite("layerkiln mount on Windows");

if (areDoubles(mount)) {
  mount("mounts a CIM, and umount takes it off in another process", () => {
    startDoubles();
    const cim = goldenCimPath();
    const directory = scratchFolder();
    assert.equal(layerkiln("mount", cim, directory), DONE);
    const [mounted] = calls("CimMountImage");
    assert.equal([mounted!.arguments.imageContainingPath, mounted!.arguments.imageName], [dirname(cim), basename(cim)]);
    assert.is(openHandles().length, 2);
    assert.equal(layerkiln("umount", directory), DONE);
    assert.equal([broken(), openHandles()], [[], []]);
    const [status, , stderr] = layerkiln("umount", directory);
    assert.equal([status, stderr], [1, `layerkiln: ${directory}: nothing is mounted there\n`]);
  });

  mount("says what Windows said, and leaves nothing", () => {
    startDoubles();
    failAt("CimMountImage", 0x80070522);
    const [status, , stderr] = layerkiln("mount", goldenCimPath(), scratchFolder());
    assert.is(status, 1);
    assert.match(stderr, /ERROR_PRIVILEGE_NOT_HELD|1314/);
    assert.equal([broken(), openHandles()], [[], []]);
  });

  mount("mounts no ext4", () => {
    startDoubles();
    const image = scratchFile("layer.ext4", gunzipSync(readFileSync(inRepository("test/fixtures/tiny.ext4.gz"))));
    const [status, , stderr] = layerkiln("mount", image, scratchFolder());
    assert.is(status, 4);
    assert.match(stderr, "layerkiln attach");
    assert.equal(calls(), []);
  });
}

mount.run();

const attach = suite("layerkiln attach on Windows");

if (areDoubles(attach)) {
  attach("makes a disk of a VHD, and detach ends it in another process", () => {
    startDoubles();
    const image = scratchFile("layer.vhd", Buffer.alloc(512));
    const [status, stdout, stderr] = layerkiln("attach", image);
    assert.equal([status, stderr], [0, ""]);
    assert.match(stdout, /^\\\\\.\\PhysicalDrive\d+\n$/);
    assert.equal(openHandles(), [`attached disk ${image}`]);
    assert.equal(layerkiln("detach", image), DONE);
    assert.equal([broken(), openHandles()], [[], []]);
  });
}

attach.run();
