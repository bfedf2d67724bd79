/** dm-verity: the data unchanged, then a superblock in a block of its own, then the hash tree, root first. */
import { ErrorCode } from "../abi";
import { allocate } from "../bytes/memory";
import { sha256 } from "../bytes/sha256";
import { formUuid } from "../bytes/uuid";
import { fail } from "../host";
import { Sink } from "../sink";
import { DigestList } from "./digests";
import { BLOCK_SIZE, DIGEST_SIZE, HASH_TYPE, SALT_AT, SHA256, SIGNATURE, Superblock, VERSION } from "./format";
import { blocksBefore, countHashBlocks, countLevels, countTreeBlocks } from "./layout";
import { SaltedDigest } from "./salted";

const block = memory.data(4096, 16);
const digestOfRoot = memory.data(32, 16);

export class VerityWriter extends Sink {
  /** Address of the root hash, DIGEST_SIZE bytes; filled by `close`. */
  readonly rootHash: usize = allocate(DIGEST_SIZE);
  /** Bytes of data; the superblock stands there. Known after `close`. */
  dataSize: u64 = 0;
  /** Address of the 16 bytes of the superblock's UUID; made of the root hash by `close`, unless one was given. */
  readonly uuid: usize = allocate(16);
  private digest: SaltedDigest;
  private leaves: DigestList;

  /**
   * @param salt            its address
   * @param givenUuid       its address; 0: none
   * @param withSuperblock  false: the tree follows the data at once, and who uses it must know what it is
   */
  constructor(
    private next: Sink, private salt: usize, private saltSize: u32, private givenUuid: usize, private withSuperblock: bool,
  ) {
    super();
    const digest = new SaltedDigest(salt, saltSize);
    this.digest = digest;
    this.leaves = new DigestList(digest);
  }

  write(at: u64, from: usize, length: u32): void {
    this.leaves.set(at / BLOCK_SIZE, from, length / BLOCK_SIZE);
    this.next.write(at, from, length);
  }

  /** @fails InvalidArgument  `size` is not whole blocks, or nothing */
  close(size: u64): void {
    if (size == 0 || size % BLOCK_SIZE != 0) {
      fail(ErrorCode.InvalidArgument, `verity: ${size} bytes of data are not whole blocks of ${BLOCK_SIZE}`);
    }
    this.dataSize = size;
    const dataBlocks = size / BLOCK_SIZE;
    const treeAt = this.withSuperblock ? size + BLOCK_SIZE : size;
    const levels = countLevels(dataBlocks);
    let below = this.leaves;
    let blocks = dataBlocks;
    for (let level: u32 = 0; level < levels; level++) {
      below = this.writeLevel(below, blocks, treeAt + blocksBefore(dataBlocks, level) * BLOCK_SIZE);
      blocks = countHashBlocks(blocks);
    }
    // One block is left: its digest, which heads the list above it, is the root hash.
    below.encode(0, 1, block);
    memory.copy(this.rootHash, block, DIGEST_SIZE);
    this.settleUuid();
    if (this.withSuperblock) this.writeSuperblock(dataBlocks);
    this.next.close(treeAt + countTreeBlocks(dataBlocks) * BLOCK_SIZE);
  }

  /** Writes the hash blocks above `blocks` blocks. @returns their own digests */
  private writeLevel(below: DigestList, blocks: u64, at: u64): DigestList {
    const digests = new DigestList(this.digest);
    const count = <u32>countHashBlocks(blocks);
    const run = allocate(4 * BLOCK_SIZE);
    for (let index: u32 = 0; index < count; index += 4) {
      const some = min(4, count - index);
      for (let i: u32 = 0; i < some; i++) below.encode(index + i, blocks, run + i * BLOCK_SIZE);
      digests.set(index, run, some);
      this.next.write(at + (<u64>index) * BLOCK_SIZE, run, some * BLOCK_SIZE);
    }
    return digests;
  }

  private writeSuperblock(dataBlocks: u64): void {
    memory.fill(block, 0, BLOCK_SIZE);
    const superblock = changetype<Superblock>(block);
    superblock.signature = SIGNATURE;
    superblock.version = VERSION;
    superblock.hashType = HASH_TYPE;
    superblock.algorithm = SHA256;
    superblock.dataBlockSize = BLOCK_SIZE;
    superblock.hashBlockSize = BLOCK_SIZE;
    superblock.dataBlocks = dataBlocks;
    superblock.saltSize = <u16>this.saltSize;
    memory.copy(block + SALT_AT, this.salt, this.saltSize);
    memory.copy(block + offsetof<Superblock>("uuid0"), this.uuid, 16);
    this.next.write(this.dataSize, block, BLOCK_SIZE);
  }

  /** Not random, as hcsshim's: equal content has an equal id. */
  private settleUuid(): void {
    if (this.givenUuid) {
      memory.copy(this.uuid, this.givenUuid, 16);
      return;
    }
    sha256(this.rootHash, DIGEST_SIZE, digestOfRoot);
    formUuid(digestOfRoot);
    memory.copy(this.uuid, digestOfRoot, 16);
  }
}
