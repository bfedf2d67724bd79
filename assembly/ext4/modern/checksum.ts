/**
 * Checksums of metadata: CRC-32C, started with the filesystem's id and what each structure belongs to.
 *
 * Source: Linux, "ext4 Data Structures", Checksums.
 */
import { crc32c, crc32cWord } from "../../bytes/crc32c";

export class Checksums {
  readonly seed: u32;

  /** @param uuid  16 bytes */
  constructor(uuid: usize) {
    this.seed = crc32c(u32.MAX_VALUE, uuid, 16);
  }

  /** The start of all checksums that belong to an inode; its generation is 0. */
  ofInode(number: u32): u32 {
    return crc32cWord(this.seed, number);
  }

  /** Of a structure that says of itself where it stands. */
  ofGroup(group: u32): u32 {
    return crc32c(this.seed, groupBytes(group), 4);
  }

  ofBlock(block: u64): u32 {
    return crc32cWord(this.seed, block);
  }

  of(start: u32, from: usize, length: u32): u32 {
    return crc32c(start, from, length);
  }
}

const word = memory.data(4, 4);

function groupBytes(group: u32): usize {
  store<u32>(word, group);
  return word;
}
