/** Another kernel than this machine's sees the same in our images: Debian's, in a virtual machine. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage, convertDisk, makeFilesystem } from "../src/index.ts";
import { makeImage, type Options } from "./fixtures/image.ts";
import { realisticTar } from "./fixtures/realistic.ts";
import { scratchFile, scratchPath } from "./fixtures/scratch.ts";
import { e2fsck } from "./oracles/e2fsck.ts";
import { type Disk, guest, runInGuest } from "./oracles/guest.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { present } from "./oracles/oracle.ts";
import { qemuImg } from "./oracles/qemu-img.ts";

/** Everything that busybox can tell of a tree. */
const LISTING = `
  names=$(mktemp)
  find . | sort > $names
  while read -r name; do stat -c '%n %f %u:%g %s %Y %t:%T %h' "$name"; done < $names
  while read -r name; do [ -L "$name" ] && readlink "$name"; done < $names
  while read -r name; do [ -f "$name" ] && [ ! -L "$name" ] && md5sum "$name"; done < $names
  rm $names`;

const tar = realisticTar(400);

/** What a kernel in the machine says of the image, and what this one does. */
async function bothListings(options: Options, format: Disk["format"]): Promise<[guest: string, here: string]> {
  const { image } = await makeImage(tar, options);
  const { image: plain } = await makeImage(tar, { ...options, container: "raw" });
  const path = scratchFile("image", image);
  const listing = runInGuest(`mkdir -p /tmp; mount -t ext4 -o ro /dev/vda /m && cd /m && ${LISTING}`, [
    { path, format },
  ]);
  return [listing, loopMount.shell(scratchFile("plain", plain), LISTING)];
}

const virtual = suite("guest");

if (present(loopMount, virtual) && present(e2fsck, virtual) && present(qemuImg, virtual) && present(guest, virtual)) {
  for (const [title, options, format] of [
    ["an image of profile modern", {}, "raw"],
    ["one in a VHDX", { container: "vhdx" }, "vhdx"],
    ["one in a dynamic VHD", { container: "vhd-dynamic" }, "vpc"],
    ["one of profile hcsshim, in a VHD", { profile: "hcsshim", container: "vhd" }, "vpc"],
  ] as [string, Options, Disk["format"]][]) {
    virtual(`mounts ${title}, and shows the same tree as the kernel here`, async () => {
      const [there, here] = await bothListings(options, format);
      assert.ok(here.split("\n").length > 400);
      assert.fixture(there, here);
    });
  }

  virtual("fills a scratch disk in a VHDX, empties it, and leaves it sound", async () => {
    const path = scratchPath("scratch.vhdx");
    await makeFilesystem(path, { size: 64 * 1024 ** 2, journal: true, container: "vhdx" });
    const script = `
      mount -t ext4 /dev/vda /m && cd /m && mkdir d
      for i in $(seq 300); do echo $i > d/$i; done
      dd if=/dev/zero bs=1M of=full 2> /dev/null
      df -k /m | tail -n 1 | awk '{ print $4 }'
      rm full d/1*
      cd / && umount /m && mount -t ext4 -o ro /dev/vda /m && ls /m/d | wc -l && cat /m/d/299 && umount /m`;
    assert.is(runInGuest(script, [{ path, format: "vhdx", writable: true }]), "0\n189\n299\n");
    assert.is(qemuImg.complaints(path), "");
    const plain = scratchPath("scratch.img");
    await convertDisk(path, plain);
    assert.equal(e2fsck.complaints(plain), []);
    assert.equal((await checkImage(path)).findings, []);
  });

  virtual("is believed only if its script comes to its end", () => {
    assert.throws(() => runInGuest("echo so far; false", []), /so far/);
  });
}

virtual.run();
