/** The blocks of a filesystem, as all other parts of the reader see it. */
import { crc32c } from "../../bytes/crc32c";
import { PAGE_SIZE, PageCache } from "../../page-cache";
import { Source } from "../../source";
import { corrupt } from "./corrupt";
import { Superblock } from "./superblock";

/** Bytes; pieces above that would drive metadata out. */
const MAX_CACHED: u32 = 16 * 1024;

const word = memory.data(8, 8);

export class Volume {
  readonly superblock: Superblock;
  readonly blockSize: u32;
  private cache: PageCache;

  /**
   * @param source  begins where the filesystem begins, and may go on behind it
   * @param verify  whether checksums of metadata must be right, where the filesystem has them
   * @fails Corrupt, Unsupported
   */
  constructor(readonly source: Source, public verify: bool) {
    const superblock = new Superblock(source, verify);
    this.superblock = superblock;
    this.blockSize = superblock.blockSize;
    this.cache = new PageCache(source);
  }

  /** Blocks that the filesystem has. */
  get blocks(): u64 {
    return this.superblock.blocks;
  }

  /** Whether checksums are to be looked at: asked for, and there. */
  get checksums(): bool {
    return this.verify && this.superblock.hasMetadataChecksums;
  }

  /**
   * Address of a block in memory, `blockSize` bytes, for reading only.
   *
   * It holds until 127 others have been asked for: for what is done at once, not for what is kept.
   *
   * @fails Corrupt  there is no such block
   */
  block(number: u64): usize {
    if (!this.holds(number, 1)) corrupt(`block ${number} of ${this.superblock.blocks} is wanted`);
    return this.cache.at(number * this.blockSize, this.blockSize);
  }

  /** Whether `count` blocks from `start` on are blocks of this filesystem that may hold something. */
  holds(start: u64, count: u64): bool {
    const superblock = this.superblock;
    return start >= superblock.firstBlock && start < superblock.blocks && count <= superblock.blocks - start;
  }

  /** Puts bytes of the filesystem into memory at `to`. Small ones by the cache: small files lie side by side. */
  read(at: u64, to: usize, length: u32): void {
    if (length > MAX_CACHED) return this.source.read(at, to, length);
    while (length > 0) {
      const piece = min(length, PAGE_SIZE - <u32>(at % PAGE_SIZE));
      memory.copy(to, this.cache.at(at, piece), piece);
      at += piece;
      to += piece;
      length -= piece;
    }
  }

  /** The checksum that starts all those of an inode. */
  inodeSeed(number: u32, generation: u32): u32 {
    store<u32>(word, number);
    store<u32>(word, generation, 4);
    return crc32c(this.superblock.checksumSeed, word, 8);
  }

  /** The checksum of a number of 64 bits, where one starts with it. */
  numberSeed(seed: u32, number: u64): u32 {
    store<u64>(word, number);
    return crc32c(seed, word, 8);
  }
}
