/** Virtual disks and scratch disks, with doubles of the DLLs: what is done with them, and what is left. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { windowsLayers } from "../../src/adapters/windows/layers.ts";
import { expandScratch, formatDisk, makeScratchTemplate } from "../../src/adapters/windows/scratch.ts";
import { virtualDisks, withDisk, withNewDisk } from "../../src/adapters/windows/virtual-disks.ts";
import { ErrorCode } from "../../src/index.ts";
import { broken, calls, openHandles, startDoubles } from "../fixtures/doubles.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { failingAtEach, someLayers, steps } from "../fixtures/windows-machine.ts";
import { areDoubles } from "../oracles/doubles.ts";

const MIB = 2 ** 20;

function assertNothingLeft(): void {
  assert.equal(broken(), []);
  assert.equal(openHandles(), []);
}

const attached = suite("virtual disks");

function someDisk(): string {
  startDoubles();
  return scratchFile("layer.vhd", Buffer.alloc(512));
}

if (areDoubles(attached)) {
  attached("are attached read-only, without a drive letter, and stay so", async () => {
    const disk = someDisk();
    assert.match(await virtualDisks.attach(disk), /^\\\\\.\\PhysicalDrive\d+$/);
    assert.is(calls("OpenVirtualDisk")[0]!.arguments.Parameters.ReadOnly, 1);
    assert.is(calls("AttachVirtualDisk")[0]!.arguments.Flags, 7);
    assert.equal(openHandles(), [`attached disk ${disk}`]);
    await rejects(virtualDisks.attach(disk), ErrorCode.FailedPrecondition);
    await virtualDisks.detach(disk);
    assertNothingLeft();
  });

  attached("that are not attached cannot be detached, and what is no disk neither", async () => {
    const disk = someDisk();
    await rejects(virtualDisks.detach(disk), ErrorCode.FailedPrecondition);
    await rejects(virtualDisks.detach(`${disk}x`), ErrorCode.NotFound);
    assert.equal(openHandles(), []);
  });

  attached("are not attached wherever a step fails", async () => {
    const disk = someDisk();
    await virtualDisks.attach(disk);
    const whole = calls();
    await virtualDisks.detach(disk);
    await failingAtEach(whole, async (_call, demand) => {
      demand();
      await rejects(virtualDisks.attach(disk), ErrorCode.FailedPrecondition);
      assertNothingLeft();
    });
  });
}

attached.run();

const template = suite("the template of scratch disks");

if (areDoubles(template)) {
  template("is an NTFS of 10 GiB, and a disk of differences over it", async () => {
    startDoubles();
    const folder = scratchFolder();
    const path = join(folder, "blank.vhdx");
    await makeScratchTemplate(path);
    assert.equal(steps(), ["CreateVirtualDisk", "HcsFormatWritableLayerVhd", "CreateVirtualDisk"]);
    const [base, over] = calls("CreateVirtualDisk").map((call) => call.arguments);
    assert.equal(readdirSync(folder).sort(), ["blank-base.vhdx", "blank.vhdx"]);
    assert.equal(
      [base!.Parameters.MaximumSize, base!.Parameters.BlockSizeInBytes, base!.Parameters.ParentPath],
      [String(10 * 1024 * MIB), MIB, null],
    );
    assert.equal(
      [over!.Parameters.MaximumSize, over!.Parameters.BlockSizeInBytes, over!.Parameters.ParentPath],
      ["0", MIB, join(folder, "blank-base.vhdx")],
    );
    assertNothingLeft();
  });

  template("is there whole or not at all", async () => {
    startDoubles();
    await makeScratchTemplate(join(scratchFolder(), "blank.vhdx"));
    await failingAtEach(calls(), async (call, demand) => {
      const folder = scratchFolder();
      demand();
      await rejects(makeScratchTemplate(join(folder, "blank.vhdx")), ErrorCode.FailedPrecondition);
      assert.equal(readdirSync(folder), [], call);
      assertNothingLeft();
    });
  });

  template("has the base that is there, and none that was not formatted", async () => {
    startDoubles();
    const folder = scratchFolder();
    writeFileSync(join(folder, "blank-base-partial.vhdx"), "of who was killed");
    const path = join(folder, "blank.vhdx");
    await makeScratchTemplate(path);
    const base = readFileSync(join(folder, "blank-base.vhdx"));
    rmSync(path);
    startDoubles();
    await makeScratchTemplate(path);
    assert.equal(steps(), ["CreateVirtualDisk"]);
    assert.equal(readFileSync(join(folder, "blank-base.vhdx")), base);
    assert.equal(readdirSync(folder).sort(), ["blank-base.vhdx", "blank.vhdx"]);
    assertNothingLeft();
  });

  template("does not take the place of a disk that is there", async () => {
    startDoubles();
    const path = scratchFile("blank.vhdx", Buffer.from("mine"));
    await rejects(makeScratchTemplate(path), ErrorCode.AlreadyExists);
    assert.equal(readdirSync(join(path, "..")), ["blank.vhdx"]);
    assertNothingLeft();
  });

  template("is attached while Windows Server 2019 formats it", async () => {
    startDoubles();
    const path = join(scratchFolder(), "old.vhdx");
    await withNewDisk(path, { size: 64 * MIB, blockSize: MIB }, (disk) => formatDisk(path, disk, 17763));
    assert.equal(steps(), [
      "CreateVirtualDisk",
      "AttachVirtualDisk",
      "GetVirtualDiskPhysicalPath",
      "HcsFormatWritableLayerVhd",
      "DetachVirtualDisk",
    ]);
    assertNothingLeft();
    await failingAtEach(calls().slice(1), async (call, demand) => {
      demand();
      const work = withDisk(path, false, (disk) => formatDisk(path, disk, 17763));
      assert.ok(await rejects(work, ErrorCode.FailedPrecondition), call);
      assert.equal(broken(), []);
    });
    assert.equal(openHandles(), []);
  });
}

template.run();

const scratch = suite("scratch disks");

if (areDoubles(scratch)) {
  scratch("are made, with their directories", async () => {
    const { base, middle, top } = someLayers();
    const directory = `${top}-new`;
    await windowsLayers.createScratch(directory, [middle, base]);
    assert.ok(existsSync(join(directory, "sandbox.vhdx")));
    await windowsLayers.destroyLayer(directory);
    assert.not(existsSync(directory));
    assertNothingLeft();
  });

  scratch("are detached whatever comes of the filesystem in them", async () => {
    const { top } = someLayers();
    const grown = await expandScratch(top, 20 * 1024 * MIB).catch((error) => error);
    assert.equal(steps(), [
      "ExpandSandboxSize",
      "OpenVirtualDisk",
      "AttachVirtualDisk",
      "HcsGetLayerVhdMountPath",
      "DetachVirtualDisk",
    ]);
    assert.is(calls("ExpandSandboxSize")[0]!.arguments.size, String(20 * 1024 * MIB));
    // Wine's volumes are directories, which have no partition: it says so. Windows has one.
    if (grown !== undefined) assert.match(grown.message, /size of the partition of|Volume\{/);
    assertNothingLeft();
  });

  scratch("are detached wherever a step fails", async () => {
    const { top } = someLayers();
    await expandScratch(top, 20 * 1024 * MIB).catch(() => {});
    await failingAtEach(calls(), async (call, demand) => {
      demand();
      const error = await expandScratch(top, 20 * 1024 * MIB).catch((reason) => reason);
      assert.ok(error instanceof Error, call);
      if (!call.startsWith("DetachVirtualDisk")) assertNothingLeft();
    });
  });
}

scratch.run();

const layers = suite("layers");

if (areDoubles(layers)) {
  layers("are let go of, also where nothing holds them", async () => {
    const { middle, top } = someLayers();
    await windowsLayers.deactivateLayer(top);
    await windowsLayers.deactivateLayer(middle);
    await windowsLayers.deactivateLayer(`${top}-none`);
    assertNothingLeft();
  });

  layers("of CIMs can be mounted by a Windows that is new enough", async () => {
    await windowsLayers.assertCimFs(); // as the gates say of the build that Wine claims to be
  });

  layers("are exported and imported with the privileges that it takes", async () => {
    const { base, middle } = someLayers();
    writeFileSync(join(middle, "file"), "content");
    const out = join(scratchFolder(), "out");
    const back = join(scratchFolder(), "back");
    await windowsLayers.exportLayer(middle, out, [base]);
    await windowsLayers.importLayer(back, out, [base]);
    assert.equal(readdirSync(back), ["file"]);
    assertNothingLeft();
  });
}

layers.run();
