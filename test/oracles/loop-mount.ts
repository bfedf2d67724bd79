/** The kernel: mounts an image and shows the tree in it, xattrs and nanoseconds included. */
import { createHash } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { join } from "node:path";
import { type ByteString, toByteString } from "../fixtures/layer.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { ask, missing, run } from "./oracle.ts";
import { type Entry, type Kind, nameInodes, type Tree } from "./tree.ts";

/** The system's own where there is one: what version managers put before it takes ten times as long to start. */
export const PYTHON = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

export const loopMount = {
  name: "a loop mount of ext4",
  missing: whyNot(),

  /** The tree in the image at `path`. Throws if the kernel refuses it. */
  tree(path: string): Tree {
    return mounted(path, readMounted);
  },

  /** What busybox says of `script`, in the root of the image at `path`. */
  shell(path: string, script: string): string {
    return mounted(path, (folder) => ask("/bin/busybox", ["sh", "-c", `cd ${folder} && ${script}`]));
  },

  /** What `work` finds and does in the image at `path`, mounted to be written to, at the folder that it is given. */
  writable<T>(path: string, work: (folder: string) => T): T {
    return mounted(path, work, "rw");
  },

  /** `length` bytes at `at` of a file in the image at `path`. */
  bytes(path: string, file: string, at: number, length: number): Buffer {
    return mounted(path, (folder) => {
      const open = openSync(join(folder, file), "r");
      try {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(open, bytes, 0, length, at));
      } finally {
        closeSync(open);
      }
    });
  },
};

function mounted<T>(path: string, look: (folder: string) => T, how: "ro" | "rw" = "ro"): T {
  const folder = scratchFolder();
  ask("mount", ["-t", "ext4", "-o", `${how},loop`, path, folder]);
  try {
    return look(folder);
  } finally {
    ask("umount", [folder]);
  }
}

/** Mounting wants root, a loop device and ext4 in the kernel; only an attempt tells. Python reads xattrs, which Node cannot. */
function whyNot(): string | undefined {
  const absent = missing("mke2fs", "e2fsprogs", "-V") ?? missing(PYTHON, "python3");
  if (absent !== undefined) return absent;
  const folder = scratchFolder();
  const image = join(folder, "probe.img");
  ask("mke2fs", ["-q", "-F", "-t", "ext4", image, "1M"]);
  const { status, stderr } = run("mount", ["-t", "ext4", "-o", "ro,loop", image, folder]);
  if (status !== 0) return `images cannot be mounted here: ${stderr.trim() || "no mount program"}`;
  ask("umount", [folder]);
  return undefined;
}

const KINDS: Record<number, Kind> = {
  [constants.S_IFREG]: "file",
  [constants.S_IFDIR]: "dir",
  [constants.S_IFLNK]: "symlink",
  [constants.S_IFCHR]: "char",
  [constants.S_IFBLK]: "block",
  [constants.S_IFIFO]: "fifo",
  [constants.S_IFSOCK]: "socket",
};

/**
 * Reads the tree under `root`. Goes by open directories, as a path in a layer may be longer than a path may be.
 *
 * Names that are listed and not there are passed over: so overlayfs shows whiteouts in a directory that only one layer has.
 */
export function readMounted(root: string): Tree {
  const tree: Tree = new Map();
  const numbers = new Map<ByteString, bigint>();
  const xattrs = readXattrs(root);

  const hashes = new Map<bigint, string>();

  const visit = (path: ByteString, place: Buffer, stat: BigIntStats): void => {
    const entry = entryAt(place, stat);
    if (entry.kind === "file") {
      entry.sha256 = hashes.get(stat.ino) ?? hashFile(place);
      hashes.set(stat.ino, entry.sha256);
    }
    entry.xattrs = xattrs.get(path) ?? new Map();
    tree.set(path, entry);
    numbers.set(path, stat.ino);
    if (entry.kind !== "dir") return;
    const directory = openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      const here = `/proc/self/fd/${directory}/`;
      for (const name of readdirSync(here, { encoding: "buffer" })) {
        const child = Buffer.concat([Buffer.from(here), name]);
        const text = toByteString(name);
        const stat = lstatSync(child, { bigint: true, throwIfNoEntry: false });
        if (stat !== undefined) visit(path === "" ? text : `${path}/${text}`, child, stat);
      }
    } finally {
      closeSync(directory);
    }
  };
  visit("", Buffer.from(root), lstatSync(root, { bigint: true }));
  nameInodes(numbers, tree);
  return tree;
}

function entryAt(place: Buffer, stat: BigIntStats): Entry {
  const mode = Number(stat.mode);
  const kind = KINDS[mode & constants.S_IFMT]!;
  const entry: Entry = {
    kind,
    mode: mode & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: stat.mtimeNs,
    atime: stat.atimeNs,
    ctime: stat.ctimeNs,
    links: Number(stat.nlink),
    inode: "",
    xattrs: new Map(),
  };
  if (kind === "symlink") entry.target = toByteString(readlinkSync(place, { encoding: "buffer" }));
  if (kind === "char" || kind === "block") entry.device = `${major(stat.rdev)}:${minor(stat.rdev)}`;
  if (kind === "file") entry.size = Number(stat.size);
  return entry;
}

// makedev(3), as glibc packs a device number.
const major = (device: bigint): bigint => ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
const minor = (device: bigint): bigint => (device & 0xffn) | ((device >> 12n) & 0xffffff00n);

const piece = Buffer.alloc(1 << 20);

function hashFile(place: Buffer): string {
  const hash = createHash("sha256");
  const file = openSync(place, "r");
  try {
    for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
      hash.update(piece.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}

/** Every path under its root with xattrs, and each of them: path, name and value in hex, a line each. */
const LIST_XATTRS = `
import os, sys
def show(path, place, follow):
    for name in os.listxattr(place, follow_symlinks=follow):
        value = os.getxattr(place, name, follow_symlinks=follow)
        print(path.hex() or "-", os.fsencode(name).hex(), value.hex() or "-")
def walk(path, directory):
    show(path, directory, True)
    for name in os.listdir(directory):
        name = os.fsencode(name)
        child = path + b"/" + name if path else name
        place = b"/proc/self/fd/%d/%s" % (directory, name)
        if not os.path.lexists(place):
            continue
        try:
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
        except OSError:
            show(child, place, False)
            continue
        walk(child, inner)
        os.close(inner)
walk(b"", os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY))
`;

function readXattrs(root: string): Map<ByteString, Map<ByteString, string>> {
  const found = new Map<ByteString, Map<ByteString, string>>();
  const fromHex = (hex: string): ByteString => (hex === "-" ? "" : toByteString(Buffer.from(hex, "hex")));
  for (const line of ask(PYTHON, ["-I", "-S", "-c", LIST_XATTRS, root]).split("\n")) {
    if (line === "") continue;
    const [path, name, value] = line.split(" ") as [string, string, string];
    const xattrs = found.get(fromHex(path)) ?? new Map<ByteString, string>();
    found.set(fromHex(path), xattrs.set(fromHex(name), value === "-" ? "" : value));
  }
  return found;
}
