/** Another kernel than this machine's sees the same in our images: Debian's, in a virtual machine. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Options } from "./fixtures/image.ts";
import { makeImage } from "./fixtures/image.ts";
import { realisticTar } from "./fixtures/realistic.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { type Disk, guest, runInGuest } from "./oracles/guest.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { present } from "./oracles/oracle.ts";

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
  const { image: plain } = await makeImage(tar, { ...options, vhd: false });
  const path = scratchFile("image", image);
  const listing = runInGuest(`mkdir -p /tmp; mount -t ext4 -o ro /dev/vda /m && cd /m && ${LISTING}`, [
    { path, format },
  ]);
  return [listing, loopMount.shell(scratchFile("plain", plain), LISTING)];
}

const virtual = suite("guest");

if (present(loopMount, virtual) && present(guest, virtual)) {
  virtual("mounts an image and shows the same tree as the kernel here", async () => {
    const [there, here] = await bothListings({ profile: "hcsshim" }, "raw");
    assert.ok(here.split("\n").length > 400);
    assert.fixture(there, here);
  });

  virtual("mounts it from a VHD", async () => {
    const [there, here] = await bothListings({ profile: "hcsshim", vhd: true }, "vpc");
    assert.fixture(there, here);
  });

  virtual("is believed only if its script comes to its end", () => {
    assert.throws(() => runInGuest("echo so far; false", []), /so far/);
  });
}

virtual.run();
