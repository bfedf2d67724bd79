/** The superblock of a dm-verity tree, found behind the data that it is of. */
import { Source } from "../source";
import { ALGORITHM_SIZE, MAX_SALT_SIZE, SALT_AT, SIGNATURE, Superblock, SUPERBLOCK_SIZE, VERSION } from "./format";

export class VeritySuperblock {
  private raw: usize = heap.alloc(SUPERBLOCK_SIZE);
  /** Where it stands. */
  at: u64 = 0;

  /** Looks for one at `at`. @returns whether there is one */
  find(source: Source, at: u64): bool {
    if (at > source.size || source.size - at < SUPERBLOCK_SIZE) return false;
    source.read(at, this.raw, SUPERBLOCK_SIZE);
    this.at = at;
    return this.struct.signature == SIGNATURE && this.struct.version == VERSION;
  }

  get struct(): Superblock {
    return changetype<Superblock>(this.raw);
  }

  get uuid(): usize {
    return this.raw + offsetof<Superblock>("uuid0");
  }

  /** Name of the hash, such as `sha256`. */
  get algorithm(): usize {
    return this.raw + offsetof<Superblock>("algorithm");
  }

  get algorithmLength(): u32 {
    let length: u32 = 0;
    while (length < ALGORITHM_SIZE && load<u8>(this.algorithm + length) != 0) length++;
    return length;
  }

  get salt(): usize {
    return this.raw + SALT_AT;
  }

  get saltLength(): u32 {
    return min<u32>(this.struct.saltSize, MAX_SALT_SIZE);
  }
}
