/** Images that others wrote, read back: every entry as the kernel shows it. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeName } from "../src/host/image/name.ts";
import { directories, joinPath } from "../src/host/image/walk.ts";
import { type BlockRun, ErrorCode, type FileType, type Image, openImage } from "../src/index.ts";
import { findingsIn } from "./fixtures/findings.ts";
import { readImage } from "./fixtures/image-tree.ts";
import { populate } from "./fixtures/populate.ts";
import { noise } from "./fixtures/random.ts";
import { refuses } from "./fixtures/refuses.ts";
import { rejects } from "./fixtures/rejects.ts";
import { scratchFolder } from "./fixtures/scratch.ts";
import { debugfs, type Listed } from "./oracles/debugfs.ts";
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

/** mke2fs lays files out by itself in these. */
const BY_MKE2FS = FEATURE_SETS.filter(([why]) => /^(ext2|ext4 by|inline|no extents|values|a checksum seed)/.test(why));

const reading = suite("reader: images of mke2fs");

if (present(loopMount, reading) && present(mke2fs, reading) && present(e2fsck, reading)) {
  for (const [why, options] of FEATURE_SETS) {
    reading(`${why}, filled by the kernel`, async () => {
      const image = mke2fs.make(options, 96 * MIB);
      mke2fs.fill(image, populate);
      assert.equal(e2fsck.complaints(image), []);
      assertSameTree(await readImage(image), loopMount.tree(image));
      assert.equal(await findingsIn(image), []);
    });
  }

  reading("a directory whose index has two levels has all its names", async () => {
    const image = mke2fs.make("-t ext4 -b 1024 -N 40000", 96 * MIB);
    const names = Array.from({ length: 30_000 }, (_, number) => `${number}-${"n".repeat(40)}`);
    mke2fs.fill(image, (folder) => {
      for (const name of names) writeFileSync(join(folder, name), "");
    });
    const opened = await openImage(image);
    const listed = [...opened.list("/")].map(({ name }) => name).filter((name) => name !== "lost+found");
    assert.equal(listed.sort(), names.sort());
    assert.is(opened.stat(names[29_999]!).size, 0);
  });

  const folder = scratchFolder();
  reading.before(() => populate(folder, 400, 1000));
  for (const [why, options] of BY_MKE2FS) {
    reading(`${why}, filled by mke2fs`, async () => {
      const image = mke2fs.make(options, 96 * MIB, folder);
      assertSameTree(await readImage(image), loopMount.tree(image));
      // Of a large hole mke2fs makes inline data that its inode has no room for.
      const hole = (line: string) => /^InlineRoom: inode \d+ \(\/hole\): /.test(line);
      assert.equal(
        (await findingsIn(image)).filter((line) => !hole(line)),
        [],
      );
    });
  }
}

reading.run();

const unmounted = suite("reader: images of mke2fs that this kernel may not mount");

/** What debugfs lists, as our reader has it. */
function listed(image: Image): Map<string, Listed> {
  const found = new Map<string, Listed>();
  for (const { path, entries } of directories(image, "/", new Uint8Array())) {
    for (const entry of entries) {
      const { inode, type, mode, uid, gid, size } = image.stat(entry);
      found.set(decodeName(joinPath(path, entry.nameBytes)).slice(1), {
        inode,
        mode: mode + TYPE_BITS[type],
        uid,
        gid,
        size: type === "file" || type === "symlink" ? size : undefined,
      });
    }
  }
  return found;
}

const TYPE_BITS: Record<FileType, number> = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

const UNMOUNTED: [why: string, options: string][] = [
  ["blocks of 64 KiB", "-t ext4 -b 65536"],
  ["blocks of 8 KiB, no checksums", "-t ext4 -b 8192 -O ^metadata_csum"],
  ["names that fold, projects and quotas", "-t ext4 -O casefold,project,quota"],
];

if (present(debugfs, unmounted) && present(mke2fs, unmounted)) {
  const folder = scratchFolder();
  unmounted.before(() => {
    for (let number = 0; number < 3000; number++)
      writeFileSync(join(folder, `name-${number}`), noise(number % 300, number));
    writeFileSync(join(folder, "large"), noise(3_000_000));
    mkdirSync(join(folder, "directory"));
    symlinkSync("t".repeat(200), join(folder, "directory/link"));
  });

  for (const [why, options] of UNMOUNTED) {
    unmounted(`${why}: listed as debugfs lists them, read as they were`, async () => {
      const path = mke2fs.make(options, 512 * MIB, folder);
      const image = await openImage(path);
      assert.equal(listed(image), debugfs.list(path));
      for (const name of ["large", "name-299", "name-2777"]) {
        assert.ok(readFileSync(join(folder, name)).equals(Buffer.concat([...image.read(name)])), name);
      }
      assert.is(image.blocks().filter(({ use }) => use === "unknown").length, 0);
    });
  }

  unmounted("encrypted and clustered ones are refused by name", async () => {
    await rejects(openImage(mke2fs.make("-t ext4 -O bigalloc", 96 * MIB)), ErrorCode.Unsupported);
    const path = mke2fs.make("-t ext4 -O encrypt", 96 * MIB, folder);
    const inode = (await openImage(path)).stat("directory").inode;
    debugfs.change(path, `set_inode_field <${inode}> flags 0x80800`);
    const image = await openImage(path);
    refuses(() => [...image.list("directory")], ErrorCode.Unsupported, /is encrypted/);
    assert.is(image.stat("large").size, 3_000_000);
  });

  unmounted("free blocks and inodes are as many as dumpe2fs counts", async () => {
    const path = mke2fs.make("-t ext4", 2 ** 33, folder);
    const image = await openImage(path);
    const { freeBlocks, blocks } = image.inspect().filesystem;
    const runs = image.blocks();
    const sum = (count: (run: BlockRun) => boolean) => runs.filter(count).reduce((all, { count }) => all + count, 0);
    assert.is(
      sum(({ use }) => use === "free"),
      freeBlocks,
    );
    assert.is(
      sum(() => true),
      blocks,
    );
    assert.is(
      sum(({ use }) => use === "unknown"),
      0,
    );
  });
}

unmounted.run();
