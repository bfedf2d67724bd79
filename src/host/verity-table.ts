/** A hash tree in the words of the device mapper. */
import { ErrorCode, ImageError } from "./errors.ts";
import type { HashTree } from "./verity-tree.ts";

const BLOCK_SIZE = 4096;
const SECTOR_SIZE = 512;

/**
 * The line that has the device mapper open the tree, as `dmsetup create` takes it.
 *
 * Source: Linux, Documentation/admin-guide/device-mapper/verity.
 */
export function verityTable(tree: HashTree, dataDevice: string, hashDevice = dataDevice): string {
  if (tree.hashStartBlock === undefined) {
    throw new ImageError(ErrorCode.FailedPrecondition, `${dataDevice}: has no tree that a table could point to`);
  }
  const sectors = (tree.dataBlocks * BLOCK_SIZE) / SECTOR_SIZE;
  const devices = `${dataDevice} ${hashDevice} ${BLOCK_SIZE} ${BLOCK_SIZE} ${tree.dataBlocks} ${tree.hashStartBlock}`;
  return `0 ${sectors} verity 1 ${devices} sha256 ${tree.rootHash} ${tree.salt === "" ? "-" : tree.salt}`;
}
