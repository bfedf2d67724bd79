/** One trial of `check`: a structure is damaged, and our check must find what e2fsck finds. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { checkImage, ErrorCode, ImageError } from "../../src/index.ts";
import { linesOf } from "../fixtures/findings.ts";
import { populate } from "../fixtures/populate.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { mke2fs } from "../oracles/mke2fs.ts";
import { run } from "../oracles/oracle.ts";
import { type Damage, damage } from "./filesystem-damage.ts";
import { FilesystemMap } from "./filesystem-map.ts";

const MIB = 2 ** 20;

/** A sound filesystem, as a file and in memory. */
export interface Base {
  name: string;
  path: string;
  bytes: Buffer;
}

/** What makes them differ: forms of block maps, of checksums, of small files, of large directories. */
const KINDS: [name: string, options: string][] = [
  ["ext4", "-t ext4 -b 1024 -I 256"],
  ["ext4, 4 KiB blocks", "-t ext4 -b 4096 -O ^resize_inode"],
  ["ext4, inline data, large attributes", "-t ext4 -b 1024 -I 512 -O inline_data,ea_inode"],
  ["ext4, several groups, orphan file", "-t ext4 -b 1024 -g 4096 -O orphan_file,metadata_csum_seed"],
  ["ext4, old checksums", "-t ext4 -b 1024 -g 4096 -O uninit_bg,^metadata_csum"],
  ["ext3", "-t ext3 -b 1024"],
  ["ext2, small inodes", "-t ext2 -b 1024 -I 128"],
];

const SIZE = 16 * MIB;

/** Makes the filesystems that are damaged: as root, with mke2fs. */
export function makeBases(): Base[] {
  const folder = scratchFolder();
  populate(folder, 900, 900);
  rmSync(join(folder, "hole")); // of which mke2fs makes inline data larger than its room
  return KINDS.map(([name, options]) => {
    const path = mke2fs.make(`${options} -E hash_seed=01234567-89ab-cdef-0123-456789abcdef`, SIZE, folder);
    e2fsck.optimize(path);
    return { name, path, bytes: readFileSync(path) };
  });
}

export interface Verdict {
  base: Base;
  damage: Damage;
  /** What each says; empty: nothing is wrong. */
  ours: string[];
  theirs: string[];
}

/** The trial with this number, the same on every run. */
export async function trial(bases: Base[], number: number): Promise<Verdict> {
  const base = bases[number % bases.length]!;
  const image = Buffer.from(base.bytes);
  const done = damage(image, new FilesystemMap(image), number);
  const ours = await check(image);
  const theirs = theirsOf(base, image);
  return { base, damage: done, ours, theirs };
}

/** What our check finds, or why it cannot look. */
export async function check(image: Uint8Array): Promise<string[]> {
  try {
    return linesOf(await checkImage(image, { now: Math.floor(Date.now() / 1000) }));
  } catch (error) {
    if (!(error instanceof ImageError) || error.code === ErrorCode.Internal) throw error;
    return [error.message];
  }
}

/** What e2fsck says of `image`, which is put in the place of the base for that long. */
function theirsOf({ path, bytes }: Base, image: Buffer): string[] {
  const changed = differences(bytes, image);
  const file = openSync(path, "r+");
  try {
    for (const [at, end] of changed) writeSync(file, image, at, end - at, at);
    const { status, stdout, stderr } = run("e2fsck", ["-f", "-n", path]);
    if (status === 0) return [];
    return [...stdout.split("\n"), ...stderr.split("\n"), `exit ${status}`].filter(
      (line) => line !== "" && !/^Pass \d/.test(line),
    );
  } finally {
    for (const [at, end] of changed) writeSync(file, bytes, at, end - at, at);
    closeSync(file);
  }
}

const PIECE = 1024;

function differences(before: Buffer, after: Buffer): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < before.length; at += PIECE) {
    if (before.compare(after, at, at + PIECE, at, at + PIECE) !== 0) found.push([at, at + PIECE]);
  }
  return found;
}
