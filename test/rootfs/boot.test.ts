/** A machine starts from what we made of a container image, does what its configuration says, and leaves the disk sound. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage, openImage } from "../../src/index.ts";
import { BOOTABLE, CONFIG_PATH, INIT, SAID, WRITTEN } from "../fixtures/bootable-image.ts";
import { asFolder } from "../fixtures/container-image.ts";
import { layoutFiles } from "../fixtures/one-image.ts";
import { callLayerkiln } from "../fixtures/program.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { bootFromDisk, guest } from "../oracles/guest.ts";
import { present } from "../oracles/oracle.ts";

const machine = suite("rootfs: a machine starts from it");

if (present(guest, machine) && present(e2fsck, machine)) {
  machine("reads the configuration, writes a file, and leaves the disk sound", async () => {
    const disk = scratchPath("rootfs.ext4");
    const words = ["--free", "32M", "--journal", "--with-config", CONFIG_PATH];
    callLayerkiln(["rootfs", asFolder(layoutFiles(BOOTABLE)), "-o", disk, ...words]);
    assert.is(bootFromDisk({ path: disk, format: "raw" }, INIT), SAID);
    assert.equal(e2fsck.complaints(disk), []);
    assert.equal((await checkImage(disk)).findings, []);
    const image = await openImage(disk);
    assert.is(Buffer.concat([...image.read(WRITTEN)]).toString(), "hello\n");
    image.close();
  });

  machine("is not believed to start where there is no init", () => {
    const disk = scratchPath("rootfs.ext4");
    callLayerkiln(["rootfs", asFolder(layoutFiles(BOOTABLE)), "-o", disk, "--free", "32M"]);
    assert.throws(() => bootFromDisk({ path: disk, format: "raw" }, "/sbin/none"), /does not start/);
  });
}

machine.run();
