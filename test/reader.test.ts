/** Images that others wrote, read back: every entry as the kernel shows it. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readImage } from "./fixtures/image-tree.ts";
import { populate } from "./fixtures/populate.ts";
import { scratchFolder } from "./fixtures/scratch.ts";
import { e2fsck } from "./oracles/e2fsck.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { mke2fs } from "./oracles/mke2fs.ts";
import { present } from "./oracles/oracle.ts";
import { assertSameTree } from "./oracles/tree.ts";

const MIB = 2 ** 20;

const FEATURE_SETS: [why: string, options: string][] = [
  ["ext2, blocks of 1 KiB, three levels of block numbers", "-t ext2 -b 1024"],
  ["ext2, blocks of 4 KiB, inodes of 128 bytes", "-t ext2 -b 4096 -I 128"],
  ["ext2, revision 0", "-t ext2 -r 0 -b 1024"],
  ["ext2, no types in directories", "-t ext2 -O ^filetype"],
  ["ext3, blocks of 2 KiB", "-t ext3 -b 2048"],
  ["ext4 by its defaults", "-t ext4 -b 4096"],
  ["ext4, blocks of 1 KiB", "-t ext4 -b 1024"],
  ["ext4, blocks of 2 KiB", "-t ext4 -b 2048"],
  ["ext4, inodes of 128 bytes", "-t ext4 -I 128 -O ^metadata_csum"],
  ["ext4, inodes of 1 KiB, inline data", "-t ext4 -I 1024 -b 4096 -O inline_data"],
  ["inline data", "-t ext4 -b 4096 -O inline_data"],
  ["inline data, blocks of 1 KiB", "-t ext4 -b 1024 -O inline_data"],
  ["no extents", "-t ext4 -O ^extent,^64bit,^metadata_csum"],
  ["short descriptors", "-t ext4 -O ^64bit"],
  ["no checksums", "-t ext4 -O ^metadata_csum"],
  ["checksums of descriptors only", "-t ext4 -O ^metadata_csum,uninit_bg"],
  ["checksums of short descriptors only", "-t ext4 -O ^metadata_csum,^64bit,uninit_bg"],
  ["descriptors among the groups", "-t ext4 -b 1024 -O meta_bg,^resize_inode"],
  ["a checksum seed and an orphan file", "-t ext4 -O metadata_csum_seed,orphan_file"],
  ["values of attributes in inodes", "-t ext4 -b 4096 -O ea_inode"],
  ["values of attributes in inodes, no checksums", "-t ext4 -b 1024 -O ea_inode,^metadata_csum"],
  ["two backups", "-t ext4 -b 1024 -O sparse_super2,^sparse_super,^resize_inode"],
  ["backups in every group", "-t ext4 -b 1024 -O ^sparse_super,^resize_inode"],
  ["no flexible groups, no index", "-t ext4 -O ^flex_bg,^dir_index"],
  ["large directories, encryption that nothing makes use of, mmp", "-t ext4 -b 1024 -O large_dir,encrypt,mmp"],
  ["no journal", "-t ext4 -O ^has_journal"],
];

const reading = suite("reader: images of mke2fs");

if (present(loopMount, reading) && present(mke2fs, reading) && present(e2fsck, reading)) {
  for (const [why, options] of FEATURE_SETS) {
    reading(`${why}, filled by the kernel`, async () => {
      const image = mke2fs.make(options, 96 * MIB);
      mke2fs.fill(image, populate);
      assert.equal(e2fsck.complaints(image), []);
      assertSameTree(await readImage(image), loopMount.tree(image));
    });
  }

  const folder = scratchFolder();
  reading.before(() => populate(folder, 400, 1000));
  for (const [why, options] of FEATURE_SETS) {
    reading(`${why}, filled by mke2fs`, async () => {
      const image = mke2fs.make(options, 96 * MIB, folder);
      assertSameTree(await readImage(image), loopMount.tree(image));
    });
  }
}

reading.run();
