/** What an archive says of one file, and who listens. */
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, FIFO, REGULAR, SYMBOLIC_LINK } from "./mode";
import { Records } from "./record";

/** Types of entries, as the letters of tar. */
export const enum EntryType {
  HardLink = 0x31,
  SymbolicLink = 0x32,
  CharacterDevice = 0x33,
  BlockDevice = 0x34,
  Directory = 0x35,
  Fifo = 0x36,
  /** And every letter not named here. */
  Regular = 0x30,
}

/** A moment, or none. */
@unmanaged
export class Time {
  seconds: i64;     // 0x00  since 1970
  nanoseconds: u32; // 0x08  0 to 999,999,999, forward from `seconds`
  present: bool;    // 0x0c
}

/** An extended attribute, where it stands in memory. */
@unmanaged
export class Attribute {
  name: usize;      // 0x00
  nameLength: u32;  // 0x04
  value: usize;     // 0x08
  valueLength: u32; // 0x0c
}

/** One entry of an archive. Addresses hold until the listener returns. */
export class Entry {
  /** An EntryType, or another letter. */
  type: i32 = 0;
  mode: u32 = 0;
  // As the archive has them: what a file system can hold is for its writer to say.
  uid: i64 = 0;
  gid: i64 = 0;
  deviceMajor: i64 = 0;
  deviceMinor: i64 = 0;
  /** Bytes of content; of a sparse file, its holes counted. */
  size: u64 = 0;
  name: usize = 0;
  nameLength: u32 = 0;
  link: usize = 0;
  linkLength: u32 = 0;
  readonly atime: Time = changetype<Time>(heap.alloc(offsetof<Time>()));
  readonly ctime: Time = changetype<Time>(heap.alloc(offsetof<Time>()));
  readonly mtime: Time = changetype<Time>(heap.alloc(offsetof<Time>()));
  /** `attributeCount` Attributes; of two with one name the later counts. */
  attributes: usize = 0;
  attributeCount: u32 = 0;
  /** All that the archive says in key and value, attributes among it. */
  records: Records = new Records();

  /** Its type, as a mode has it. */
  get fileType(): u32 {
    switch (this.type) {
      case EntryType.SymbolicLink:
        return SYMBOLIC_LINK;
      case EntryType.CharacterDevice:
        return CHARACTER_DEVICE;
      case EntryType.BlockDevice:
        return BLOCK_DEVICE;
      case EntryType.Directory:
        return DIRECTORY;
      case EntryType.Fifo:
        return FIFO;
      default:
        return REGULAR;
    }
  }

  attribute(index: u32): Attribute {
    return changetype<Attribute>(this.attributes + index * offsetof<Attribute>());
  }
}

/**
 * Takes the entries of a layer, in their order.
 *
 *     if (listener.entry(entry)) { listener.data(…); listener.zeros(…); … listener.endData(); }
 *     listener.end();
 */
export abstract class EntryListener {
  /** @returns whether it wants the content, which is `entry.size` bytes of data and zeros in all */
  abstract entry(entry: Entry): bool;
  abstract data(from: usize, length: u32): void;
  abstract zeros(length: u64): void;
  abstract endData(): void;
  /** The archive is at its end, and whole. */
  abstract end(): void;
}
