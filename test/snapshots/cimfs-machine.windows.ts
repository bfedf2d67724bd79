/** Life of a Windows container's snapshot, by the calls of Windows themselves: the driver, its mounts, and what is left in the end. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { windowsLayers } from "../../src/adapters/windows/layers.ts";
import { mounter } from "../../src/adapters/windows/mount.ts";
import { CimFsDriver } from "../../src/host/snapshots/cimfs.ts";
import { SnapshotDirectories } from "../../src/host/snapshots/directories.ts";
import { broken, openHandles, startDoubles } from "../fixtures/doubles.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { steps } from "../fixtures/windows-machine.ts";
import { areDoubles } from "../oracles/doubles.ts";

const life = suite("a container's snapshot on Windows");

if (areDoubles(life)) {
  for (const cimPaths of ["explicit", "implied"] as const) {
    life(`is made, mounted, unmounted and destroyed; mounts name CIMs ${cimPaths}ly`, async () => {
      startDoubles();
      const directories = new SnapshotDirectories(scratchFolder());
      await directories.create();
      const driver = new CimFsDriver(directories, windowsLayers, { cimPaths });
      await driver.start();
      assert.equal(readdirSync(directories.root).sort(), ["blank-base.vhdx", "blank.vhdx", "snapshots"]);

      await directories.stage("1");
      writeFileSync(directories.of(join("cim-layers", "1.cim")), "the double reads none when it mounts");
      const request = { kind: "active", key: "container", parent: "layer", labels: new Map() } as const;
      const snapshot = { kind: "active", id: "2", parentIds: ["1"] } as const;
      await directories.stage("2");
      await driver.fill(directories.of("2"), request);
      await driver.adopt(directories.of("2"), snapshot, request);
      assert.equal(readdirSync(directories.of("2")), ["sandbox.vhdx"]);

      const [mount] = await driver.mounts(snapshot);
      const target = scratchFolder();
      await mounter.mount(mount!, target);
      assert.equal(steps().slice(-4), ["CimMountImage", "ActivateLayer", "HcsAttachOverlayFilter", "BfSetupFilter"]);
      assert.is(await mounter.unmount(target), true);

      await driver.unlock(directories.of("2")); // it is let go of already
      await driver.destroy(directories.of("2"));
      assert.not(existsSync(directories.of("2")));
      assert.equal([broken(), openHandles()], [[], []]);
    });
  }
}

life.run();
