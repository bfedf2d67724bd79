/** Names of a directory, as the core lists them. */
import { ENTRY_TYPES, type FileType } from "./stats.ts";

/** Inode (u32), length of the name (u16), type (u8). The name follows. */
const HEADER_SIZE = 7;

export interface ListedEntry {
  /** A window on the list. */
  readonly nameBytes: Uint8Array;
  readonly inode: number;

  /** Absent where the directory does not say. */
  readonly type: FileType | undefined;
}

export function* readEntries(list: Uint8Array): Generator<ListedEntry, void, undefined> {
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  for (let at = 0; at < list.length; ) {
    const end = at + HEADER_SIZE + view.getUint16(at + 4, true);
    yield {
      nameBytes: list.subarray(at + HEADER_SIZE, end),
      inode: view.getUint32(at, true),
      type: ENTRY_TYPES[view.getUint8(at + 6)],
    };
    at = end;
  }
}
