/** Whose every block of a filesystem is. What is damaged is said, and the rest goes on. */
import type { ImageError } from "../errors.ts";
import { isDamage } from "./damage.ts";
import { type BlockUseName, USES } from "./inspection.ts";
import type { Ext4Core } from "./reader-core.ts";

/** Blocks that have one owner. Bytes of the disk. */
export interface OwnedRun {
  readonly at: number;
  readonly length: number;
  readonly use: BlockUseName;

  /** The inode; of metadata of a group, the group. */
  readonly owner: number;

  /** What the first block holds: of a file or an inode table, its block; of a bitmap, the first block or inode of the group. */
  readonly first: number;
}

/** An image that is so damaged may be all damage: more than this is not gone through. */
const MAX_DAMAGE = 1000;
const RECORD_SIZE = 5 * 8;

/**
 * All blocks in order; none where there is too much damage.
 *
 * @param blockSize  bytes
 * @param onDamage   is told of each inode that cannot be read; its blocks are `unknown`
 */
export function* readOwnedRuns(
  core: Ext4Core,
  blockSize: number,
  onDamage: (error: ImageError) => void,
): Generator<OwnedRun, void, undefined> {
  if (!gatherOwners(core, onDamage)) return;
  while (core.ask(({ nextOwned }) => nextOwned())) {
    const record = core.buffer(RECORD_SIZE);
    const view = new DataView(record.buffer, record.byteOffset, record.length);
    const field = (index: number) => view.getFloat64(index * 8, true);
    const use = USES[field(2) as keyof typeof USES];
    yield { at: field(0) * blockSize, length: field(1) * blockSize, use, owner: field(3), first: field(4) };
  }
}

/** @returns whether it came to an end */
function gatherOwners(core: Ext4Core, onDamage: (error: ImageError) => void): boolean {
  core.ask(({ startOwners }) => startOwners());
  for (let damaged = 0; damaged < MAX_DAMAGE; ) {
    try {
      while (core.ask(({ gatherOwners }) => gatherOwners())) {}
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      onDamage(error);
      damaged++;
    }
  }
  return false;
}
