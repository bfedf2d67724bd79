/**
 * What the database's keys are. They are bytes, and stand in the order of bytes.
 *
 *     01 "version"              {"layerkiln":"snapshots","version":1}
 *     01 "sequence"             the id handed out last
 *     02 name                   a snapshot's record
 *     03 parent's id  its id    its name: who has children is told by one look, whatever the number of snapshots
 *
 * Ids are 8 bytes, big-endian.
 */
export const VERSION = 1;

export const VERSION_KEY = Buffer.from("\x01version");
export const SEQUENCE_KEY = Buffer.from("\x01sequence");

/** UTF-8 bytes of a key or name. lmdb's own limit is 1,978 with pages of 4 KiB. */
export const MAX_NAME_LENGTH = 1024;

/** Keys from `start` on and before `end`. */
export interface KeyRange {
  readonly start: Buffer;
  readonly end: Buffer;
}

export const ALL_SNAPSHOTS: KeyRange = { start: Buffer.from([2]), end: Buffer.from([3]) };

export function snapshotKey(name: Buffer): Buffer {
  return Buffer.concat([ALL_SNAPSHOTS.start, name]);
}

export function childKey(parentId: number, id: number): Buffer {
  return Buffer.concat([ALL_SNAPSHOTS.end, idBytes(parentId), idBytes(id)]);
}

export function childrenOf(parentId: number): KeyRange {
  return {
    start: Buffer.concat([ALL_SNAPSHOTS.end, idBytes(parentId)]),
    end: Buffer.concat([ALL_SNAPSHOTS.end, idBytes(parentId + 1)]),
  };
}

function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(id));
  return bytes;
}
