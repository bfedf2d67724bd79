/** Programs that unpack tars: each into a fresh ext4 filesystem, on which all that they bring back can be seen. */
import type { ByteString } from "../fixtures/layer.ts";
import { loopMount, PYTHON } from "./loop-mount.ts";
import { mke2fs } from "./mke2fs.ts";
import { ask, missing, type Oracle } from "./oracle.ts";
import type { Entry, Tree } from "./tree.ts";

const SIZE = 64 * 2 ** 20;
const SECOND = 1_000_000_000n;

export interface Unpacker extends Oracle {
  /** What of an entry it brings back: no time of access, which a look changes, nor of change, which nobody can set. */
  restores(entry: Entry, path: ByteString): Partial<Entry>;

  unpack(tar: string, folder: string): void;
}

const withoutTimes = ({ atime, ctime, mtime, ...rest }: Entry): Partial<Entry> => rest;

export const gnuTar: Unpacker = {
  name: "GNU tar",
  missing: missing("tar", "tar"),
  restores: (entry) => ({ ...withoutTimes(entry), mtime: entry.mtime }),
  // Not `--acls`: with it, ACLs are taken from records of its own only.
  unpack: (tar, folder) => {
    ask("tar", ["--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", tar, "-C", folder]);
  },
};

/** Leaves the times of the folder itself, takes a second before 1970 for one after it, and knows no attributes of `system.`. */
export const bsdtar: Unpacker = {
  name: "bsdtar",
  missing: missing("bsdtar", "libarchive-tools"),
  restores: (entry, path) => ({
    ...withoutTimes(entry),
    ...(path !== "" && path !== "time--1" && { mtime: entry.mtime }),
    ...withoutAcls(entry),
  }),
  unpack: (tar, folder) => {
    ask("bsdtar", ["--xattrs", "--numeric-owner", "-xpf", tar, "-C", folder]);
  },
};

/** Brings back no attributes, no times of links, and others as far as a floating-point number goes. */
export const pythonTarfile: Unpacker = {
  name: "Python's tarfile",
  missing: missing(PYTHON, "python3"),
  restores: (entry) => ({
    ...withoutTimes(entry),
    ...(entry.kind !== "symlink" && { mtime: (entry.mtime + SECOND / 2n) / SECOND }),
    ...withoutAcls(entry),
    xattrs: new Map(),
  }),
  unpack: (tar, folder) => {
    const script = "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2], numeric_owner=True)";
    ask(PYTHON, ["-I", "-S", "-c", script, tar, folder]);
  },
};

/** Without an ACL, the group's bits are those of the ACL's mask: the mode stays as it is. */
function withoutAcls({ xattrs }: Entry): Partial<Entry> {
  return { xattrs: new Map([...xattrs].filter(([name]) => !name.startsWith("system."))) };
}

/** The tree that `unpacker` makes of a tar, on a filesystem of `size` bytes. */
export function treeOf(unpacker: Unpacker, tar: string, size = SIZE): Tree {
  const image = mke2fs.make("-t ext4 -b 4096 -I 1024 -O ea_inode", size);
  mke2fs.fill(image, (folder) => unpacker.unpack(tar, folder));
  return loopMount.tree(image);
}
