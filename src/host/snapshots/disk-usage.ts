/** What a directory takes on the disk. */
import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { sep } from "node:path";
import { toImageError } from "../errors.ts";
import { ifThere } from "../if-there.ts";
import type { Usage } from "./snapshotter.ts";

/** `st_blocks` counts in these, whatever the filesystem. Bytes. Source: stat(2). */
const BLOCK_SIZE = 512n;

/** Calls under way at a time: enough for the threads of libuv, and little memory in a directory of a million names. */
const BATCH = 64;

const SEPARATOR = Buffer.from(sep);

/**
 * Inodes and bytes of `directory` and all in it. An inode of several names counts once; what vanishes meanwhile counts not
 * at all.
 *
 * @throws ImageError  what the system says
 */
export async function diskUsage(directory: string): Promise<Usage> {
  const linked = new Set<string>();
  let inodes = 0;
  let blocks = 0n;

  /** @returns whether to look into it */
  const count = (stats: BigIntStats): boolean => {
    const isDirectory = stats.isDirectory();
    if (!isDirectory && stats.nlink > 1n) {
      const inode = `${stats.dev}:${stats.ino}`;
      if (linked.has(inode)) return false;
      linked.add(inode);
    }
    inodes++;
    blocks += stats.blocks;
    return isDirectory;
  };

  try {
    const root = Buffer.from(directory); // names are bytes, and need not be UTF-8
    const stats = await ifThere(lstat(root, { bigint: true }));
    const waiting: Buffer[] = stats !== undefined && count(stats) ? [root] : [];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for await (const [path, stats] of entries(next)) if (count(stats)) waiting.push(path);
    }
  } catch (error) {
    throw toImageError(directory, error);
  }
  return { inodes, size: Number(blocks * BLOCK_SIZE) };
}

async function* entries(directory: Buffer): AsyncIterable<[path: Buffer, stats: BigIntStats]> {
  const names = (await ifThere(readdir(directory, { encoding: "buffer" }))) ?? [];
  for (let at = 0; at < names.length; at += BATCH) {
    const paths = names.slice(at, at + BATCH).map((name) => Buffer.concat([directory, SEPARATOR, name]));
    const found = await Promise.all(paths.map((path) => ifThere(lstat(path, { bigint: true }))));
    for (const [index, stats] of found.entries()) if (stats !== undefined) yield [paths[index]!, stats];
  }
}
