/**
 * Scratch disks of Linux containers on Windows: an empty ext4 in a VHDX that grows. The first of a size is made, and all are
 * copies of it.
 *
 *     <directory>/scratch.vhdx         of 20 GiB
 *                 scratch_<size>.vhdx  of another size, in GiB
 *                 scratch….vhdx.lock   while one is being made
 *
 * Source: hcsshim, internal/lcow/scratch.go, which has a virtual machine format the disk: the same sizes and blocks. It leaves
 * the journal out; nobody checks the disk of a container that was stopped hard, so here there is one.
 */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { copyDisk } from "../disk-copy.ts";
import { ErrorCode, isError, toImageError } from "../errors.ts";
import { makeFilesystem } from "../filesystem.ts";
import { acquireLock } from "../lock-file.ts";

const GIB = 1024 ** 3;
const DEFAULT_SIZE_GIB = 20;
const VHDX_BLOCK_SIZE = 1024 ** 2;

/** It takes a second to make one; on a busy machine more. Milliseconds. */
const MAKING_TAKES_AT_MOST = 120_000;

/** The copy is the container's own, and nobody else's. */
const MODE = 0o700;

export interface ScratchOptions {
  /** Of the disk that is copied. Default: `root`. */
  readonly directory?: string;
}

/**
 * Copies an empty scratch disk to `target`, complete or not at all; makes the one that is copied where there is none yet.
 * Any number of processes may do so at once.
 *
 * @param root     the snapshotter's
 * @param sizeGib  default: 20
 * @throws ImageError  FailedPrecondition: another process takes too long to make it; what the system says of a path
 */
export async function copyScratch(
  root: string,
  sizeGib: number | undefined,
  target: string,
  { directory = root }: ScratchOptions = {},
): Promise<void> {
  const template = join(directory, sizeGib === undefined ? "scratch.vhdx" : `scratch_${sizeGib}.vhdx`);
  try {
    await copyDisk(template, target, MODE);
  } catch (error) {
    if (!isError(error, ErrorCode.NotFound)) throw error;
    if (!existsSync(template)) await makeTemplate(template, sizeGib ?? DEFAULT_SIZE_GIB);
    await copyDisk(template, target, MODE);
  }
}

async function makeTemplate(path: string, sizeGib: number): Promise<void> {
  const lock = await acquireLock(`${path}.lock`, { waitMs: MAKING_TAKES_AT_MOST });
  try {
    if (existsSync(path)) return; // by who had the lock before
    await removePartial(path);
    await makeFilesystem(path, {
      size: sizeGib * GIB,
      journal: true,
      container: "vhdx",
      containerBlockSize: VHDX_BLOCK_SIZE,
    });
  } finally {
    lock.release();
  }
}

/** What was left by makers that were killed: nobody else is at work on it while we have the lock. */
async function removePartial(path: string): Promise<void> {
  try {
    for (const name of await readdir(dirname(path))) {
      if (name.startsWith(`.${basename(path)}.`) && name.endsWith(".partial")) await rm(join(dirname(path), name));
    }
  } catch (error) {
    throw toImageError(path, error);
  }
}
