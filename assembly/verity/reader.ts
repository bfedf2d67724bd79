/**
 * A hash tree that is there, and the data that it vouches for.
 *
 * A tree is walked from its root down, so what is compared with a digest is never compared with one that nobody vouches for.
 */
import { ErrorCode } from "../abi";
import { allocate } from "../bytes/memory";
import { isZero } from "../bytes/zeros";
import { digest, fail } from "../host";
import { Source } from "../source";
import {
  ALGORITHM_SIZE, BLOCK_SIZE, DIGEST_SIZE, DIGESTS_PER_BLOCK, HASH_TYPE, MAX_SALT_SIZE, SALT_AT, SHA256, SIGNATURE, Superblock,
  SUPERBLOCK_SIZE, VERSION,
} from "./format";
import { blocksBefore, countDataBlocks, countLevels, countTreeBlocks } from "./layout";

const superblockAt = memory.data(512, 8);
/** Data blocks that are read at a time. Measured: 32 are still in the cache when they are hashed, 128 are not. */
const READ_BLOCKS: u32 = 32;
/** They, behind room for a salt. */
const dataRoom = memory.data(256 + 32 * 4096, 16);
const data = dataRoom + MAX_SALT_SIZE;
/** One block, behind room for a salt. */
const blockRoom = memory.data(256 + 4096, 16);
const block = blockRoom + MAX_SALT_SIZE;
const computed = memory.data(32, 16);
/** Levels that 2^52 blocks have. */
const MAX_LEVELS: u32 = 8;
const NONE: u64 = u64.MAX_VALUE;

/** @returns byte of the superblock that the disk ends with, and its tree; `u64.MAX_VALUE`: it ends with none */
export function findSuperblock(disk: Source): u64 {
  if (disk.size % BLOCK_SIZE != 0) return NONE;
  const at = countDataBlocks(disk.size / BLOCK_SIZE) * BLOCK_SIZE;
  if (at == 0) return NONE;
  disk.read(at, superblockAt, SUPERBLOCK_SIZE);
  const superblock = changetype<Superblock>(superblockAt);
  return superblock.signature == SIGNATURE && superblock.dataBlocks * BLOCK_SIZE == at ? at : NONE;
}

/**
 * The tree whose superblock stands at byte `at` of `hashes`.
 *
 * @fails Corrupt  there is none, or it contradicts itself; Unsupported  another algorithm, version or size of blocks
 */
export function openTree(disk: Source, hashes: Source, at: u64): HashTree {
  if (hashes.size < SUPERBLOCK_SIZE || at > hashes.size - SUPERBLOCK_SIZE) {
    fail(ErrorCode.Corrupt, `verity: a superblock at ${at} in ${hashes.size} bytes`);
  }
  hashes.read(at, superblockAt, SUPERBLOCK_SIZE);
  const superblock = changetype<Superblock>(superblockAt);
  if (superblock.signature != SIGNATURE) fail(ErrorCode.Corrupt, `verity: no superblock at ${at}`);
  refuseOthers(superblock);
  if (superblock.saltSize > MAX_SALT_SIZE) fail(ErrorCode.Corrupt, `verity: superblock at ${at}: salt of ${superblock.saltSize} bytes`);
  if (disk === hashes && superblock.dataBlocks > at / BLOCK_SIZE) {
    fail(ErrorCode.Corrupt, `verity: superblock at ${at}: ${superblock.dataBlocks} blocks of data, which reach past itself`);
  }
  const treeAt = (at + SUPERBLOCK_SIZE + BLOCK_SIZE - 1) & ~(<u64>BLOCK_SIZE - 1);
  const tree = new HashTree(disk, hashes, superblock.dataBlocks, treeAt, superblockAt + SALT_AT, superblock.saltSize);
  memory.copy(tree.uuid, superblockAt + offsetof<Superblock>("uuid0"), 16);
  return tree;
}

function refuseOthers(superblock: Superblock): void {
  if (superblock.version != VERSION || superblock.hashType != HASH_TYPE) {
    fail(ErrorCode.Unsupported, `verity: version ${superblock.version}, hash type ${superblock.hashType}; read are 1 and 1`);
  }
  const name = superblockAt + offsetof<Superblock>("algorithm");
  if (load<u64>(name) != SHA256 || !isZero(name + sizeof<u64>(), ALGORITHM_SIZE - sizeof<u64>())) {
    fail(ErrorCode.Unsupported, `verity: hash algorithm "${nameAt(name)}"; sha256 is the one that is computed here`);
  }
  if (superblock.dataBlockSize != BLOCK_SIZE || superblock.hashBlockSize != BLOCK_SIZE) {
    const found = `${superblock.dataBlockSize} bytes of data and ${superblock.hashBlockSize} of hashes`;
    fail(ErrorCode.Unsupported, `verity: blocks of ${found}; those read have ${BLOCK_SIZE}`);
  }
}

/** Printable ASCII up to the first byte that is not. */
function nameAt(from: usize): string {
  let text = "";
  for (let at = from; at < from + ALGORITHM_SIZE; at++) {
    const byte = load<u8>(at);
    if (byte <= 0x20 || byte >= 0x7f) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

export class HashTree {
  /** Address of the 16 bytes of its UUID; zeros without a superblock. */
  readonly uuid: usize = allocate(16);
  readonly salt: usize = allocate(MAX_SALT_SIZE);
  /** The block that is not what its digest says: of the data, or of the tree from its first block on. NONE: there is none. */
  badData: u64 = NONE;
  badHash: u64 = NONE;
  /** Data blocks that were looked at. */
  checked: u64 = 0;

  private levels: u32;
  private zeroDigest: usize = allocate(DIGEST_SIZE);
  private root: usize = allocate(DIGEST_SIZE);
  /** For each level, counted from the data up, a hash block of it and which it is. */
  private held: StaticArray<u64> = new StaticArray<u64>(MAX_LEVELS);
  private pages: usize = allocate(MAX_LEVELS * BLOCK_SIZE);

  /**
   * @param treeAt  byte of `hashes` where the top hash block stands
   * @param salt    its address
   * @fails Corrupt  there is not as much data, or not as much of a tree
   */
  constructor(
    private disk: Source, private hashes: Source, readonly dataBlocks: u64, private treeAt: u64, salt: usize, readonly saltSize: u32,
  ) {
    const treeBlocks = dataBlocks <= disk.size / BLOCK_SIZE ? countTreeBlocks(dataBlocks) : 0;
    if (dataBlocks == 0 || dataBlocks > disk.size / BLOCK_SIZE) {
      fail(ErrorCode.Corrupt, `verity: a tree over ${dataBlocks} blocks, and ${disk.size / BLOCK_SIZE} are there`);
    }
    if (treeBlocks > 0 && (treeAt > hashes.size || treeBlocks > (hashes.size - treeAt) / BLOCK_SIZE)) {
      fail(ErrorCode.Corrupt, `verity: a tree of ${treeBlocks} blocks at ${treeAt} in ${hashes.size} bytes`);
    }
    if (saltSize > MAX_SALT_SIZE) {
      fail(ErrorCode.InvalidArgument, `verity: salt of ${saltSize} bytes, and ${MAX_SALT_SIZE} are the most`);
    }
    memory.copy(this.salt, salt, saltSize);
    this.levels = countLevels(dataBlocks);
    for (let level: u32 = 0; level < MAX_LEVELS; level++) this.held[level] = NONE;
    memory.fill(block, 0, BLOCK_SIZE);
    this.compute(block, this.zeroDigest);
  }

  /** Puts the root hash that the tree has at `to`: the digest of its top block, or of the one data block there is. */
  readRoot(to: usize): void {
    if (this.levels == 0) this.disk.read(0, block, BLOCK_SIZE);
    else this.hashes.read(this.treeAt, block, BLOCK_SIZE);
    this.compute(block, to);
  }

  /** What `verifySome` is to hold the tree against: 32 bytes. */
  setRoot(from: usize): void {
    memory.copy(this.root, from, DIGEST_SIZE);
  }

  /**
   * Verifies the data of the next hash block, and all hash blocks above it that were not verified yet.
   *
   * @returns false: it is over, because all is verified, or because `badData` or `badHash` is not what it should be
   */
  verifySome(): bool {
    if (this.checked == this.dataBlocks) return false;
    if (this.levels == 0) return this.verifyData(this.root, 1);
    const index = this.checked / DIGESTS_PER_BLOCK;
    if (!this.load(0, index)) return false;
    return this.verifyData(this.pages, <u32>min<u64>(DIGESTS_PER_BLOCK, this.dataBlocks - this.checked));
  }

  /** @param digests  of the next `count` data blocks */
  private verifyData(digests: usize, count: u32): bool {
    const at = this.checked * BLOCK_SIZE;
    const length = count * BLOCK_SIZE;
    // What a container or a hole says is zeros need not be read.
    const isHole = this.disk.dataAfter(at) >= at + length;
    for (let i: u32 = 0; i < count; i++) {
      if (i % READ_BLOCKS == 0) {
        const some = min(READ_BLOCKS, count - i) * BLOCK_SIZE;
        if (isHole) memory.fill(data, 0, some);
        else this.disk.read(at + i * BLOCK_SIZE, data, some);
      }
      if (this.isBlock(data + (i % READ_BLOCKS) * BLOCK_SIZE, digests + i * DIGEST_SIZE)) continue;
      this.badData = this.checked + i;
      return false;
    }
    this.checked += count;
    return this.checked < this.dataBlocks;
  }

  /** Has hash block `index` of `level` at hand, verified. @returns false: it is bad, or one above it is */
  private load(level: u32, index: u64): bool {
    if (this.held[level] == index) return true;
    let digest = this.root;
    if (level + 1 < this.levels) {
      if (!this.load(level + 1, index / DIGESTS_PER_BLOCK)) return false;
      digest = this.pageOf(level + 1) + <usize>(index % DIGESTS_PER_BLOCK) * DIGEST_SIZE;
    }
    const number = blocksBefore(this.dataBlocks, level) + index;
    this.hashes.read(this.treeAt + number * BLOCK_SIZE, this.pageOf(level), BLOCK_SIZE);
    this.held[level] = index;
    memory.copy(block, this.pageOf(level), BLOCK_SIZE);
    if (this.isBlock(block, digest)) return true;
    this.badHash = number;
    return false;
  }

  private pageOf(level: u32): usize {
    return this.pages + level * BLOCK_SIZE;
  }

  /** Whether `digest` is that of the block at `from`. The bytes before it are lost: see `compute`. */
  private isBlock(from: usize, digest: usize): bool {
    if (isZero(from, BLOCK_SIZE)) return memory.compare(this.zeroDigest, digest, DIGEST_SIZE) == 0;
    this.compute(from, computed);
    return memory.compare(computed, digest, DIGEST_SIZE) == 0;
  }

  /** Puts the salt before the block at `from`, for which there must be room: the block before it, once it is done with. */
  private compute(from: usize, to: usize): void {
    const message = from - this.saltSize;
    memory.copy(message, this.salt, this.saltSize);
    digest(message, this.saltSize + BLOCK_SIZE, to);
  }
}
