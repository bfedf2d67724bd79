/** Cells of a block map in words, for titles and for who cannot see them. */
import { formatBytes } from "../format-bytes.ts";
import type { BlockMap } from "./block-map.ts";
import type { Cell, UseShare } from "./map-cells.ts";
import { LOOK_OF, OF_GROUPS, OF_INODES } from "./map-uses.ts";

/** `blocks 64 to 79 (64.0 KiB)`; what stands behind the blocks, in bytes. */
export function describeRange({ blockSize, size }: BlockMap, at: number, length: number): string {
  const first = at / blockSize;
  const last = Math.ceil((at + length) / blockSize) - 1;
  if (length < blockSize && at + length === size) return `bytes ${at} to ${at + length - 1}`;
  return first === last ? `block ${first}` : `blocks ${first} to ${last} (${formatBytes(length)})`;
}

/** `file data`, or, of several, `file data 60.0 KiB, free 4.0 KiB`. */
export function describeShares(shares: readonly UseShare[]): string {
  const [only, ...others] = shares;
  if (only && others.length === 0) return LOOK_OF[only.use].words;
  return shares.map(({ use, bytes }) => `${LOOK_OF[use].words} ${formatBytes(bytes)}`).join(", ");
}

/** `group 3`, `/etc/passwd (inode 12)`; nothing where nobody owns what takes most of the cell. @param pathOf  of an inode */
export function describeOwner(
  { main, owner }: Cell,
  pathOf: (inode: number) => string | undefined,
): string | undefined {
  if (OF_GROUPS.has(main)) return `group ${owner}`;
  if (!OF_INODES.has(main) || owner === 0) return undefined;
  const path = pathOf(owner);
  return path === undefined ? `inode ${owner}` : `${path} (inode ${owner})`;
}

/** `0.1 %`; what is there at all is never 0. */
export function formatShare(bytes: number, of: number): string {
  const percent = (100 * bytes) / of;
  return percent > 0 && percent < 0.1 ? "<0.1 %" : `${percent.toFixed(1)} %`;
}
