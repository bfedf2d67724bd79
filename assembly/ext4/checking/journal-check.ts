/**
 * The superblock of the journal. Integers are big-endian.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Journal (jbd2).
 */
import { Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { REGULAR } from "../../tree/mode";
import { CompatibleFeature } from "../features";
import { FileInode } from "../reading/inode";
import { Superblock } from "../reading/superblock";
import { BlockVisitor, BlockWalk } from "./block-walk";
import { CheckState } from "./check-state";
import { JournalDetail } from "./details";

const MAGIC: u32 = 0xc03b_3998;
const OLD_SUPERBLOCK: u32 = 3;
const NEW_SUPERBLOCK: u32 = 4;
const MIN_BLOCKS: u64 = 1024;
/** Checksums, revocation, 64 bits, asynchronous and fast commits. */
const KNOWN_INCOMPATIBLE: u32 = 0x3f;
const KNOWN_COMPATIBLE: u32 = 0x1;
const CHECKSUM_FEATURES: u32 = 0x18;

/** Offsets, bytes; all u32. */
const TYPE_AT: u32 = 0x04;
const BLOCK_SIZE_AT: u32 = 0x0c;
const BLOCKS_AT: u32 = 0x10;
const FIRST_AT: u32 = 0x14;
const START_AT: u32 = 0x1c;
const ERROR_AT: u32 = 0x20;
const COMPATIBLE_AT: u32 = 0x24;
const INCOMPATIBLE_AT: u32 = 0x28;
const READ_ONLY_AT: u32 = 0x2c;
const USERS_AT: u32 = 0x40;
const CHECKSUM_AT: u32 = 0xfc;
const SIZE: u32 = 1024;
const ZERO = memory.data(4, 4);

export class JournalCheck extends BlockVisitor {
  private superblock: Superblock;
  private inode: FileInode;
  /** Of the file: where it begins, and how many blocks from there on are there without a hole. */
  private first: u64 = 0;
  private reached: u64 = 0;
  /** Where the journal's superblock is in memory. */
  private at: usize = 0;

  constructor(private state: CheckState) {
    super();
    this.superblock = state.superblock;
    this.inode = new FileInode(state.volume);
  }

  check(): void {
    if (!(this.superblock.compatible & CompatibleFeature.HasJournal)) return;
    const number = this.superblock.journalInode;
    if (number == 0) return; // it is on another disk
    if (!this.state.canRead(number))
      return this.state.findings.ofFilesystem(Problem.Journal, JournalDetail.NoInode, number, 0);
    const inode = this.inode;
    this.state.readUnchecked(number, inode);
    if (inode.type != REGULAR || !inode.hasBlocks) return this.report(JournalDetail.NoFile, inode.mode, REGULAR);
    new BlockWalk(this.state.volume, this.state.findings).walk(inode, this, true);
    const blocks = inode.size / this.superblock.blockSize;
    if (blocks < MIN_BLOCKS) this.report(JournalDetail.Short, blocks, MIN_BLOCKS);
    if (this.reached < blocks) this.report(JournalDetail.Hole, this.reached, blocks);
    if (this.first != 0) this.checkSuperblock(blocks);
  }

  node(block: u64, logical: u64): bool {
    return !this.state.claims.doubles.has(block);
  }

  run(logical: u64, start: u64, count: u32, isWritten: bool): void {
    if (logical == 0) this.first = start;
    if (logical == this.reached) this.reached += count;
  }

  private checkSuperblock(blocks: u64): void {
    this.at = this.state.volume.block(this.first);
    const type = this.load(TYPE_AT);
    if (this.load(0) != MAGIC) return this.report(JournalDetail.Magic, this.load(0), MAGIC);
    if (type != OLD_SUPERBLOCK && type != NEW_SUPERBLOCK) return this.report(JournalDetail.Type, type, NEW_SUPERBLOCK);
    this.expect(JournalDetail.BlockSize, BLOCK_SIZE_AT, this.superblock.blockSize);
    this.atMost(JournalDetail.Blocks, this.load(BLOCKS_AT), <u32>min<u64>(blocks, u32.MAX_VALUE));
    if (this.load(FIRST_AT) == 0 || this.load(FIRST_AT) >= this.load(BLOCKS_AT))
      this.report(JournalDetail.First, this.load(FIRST_AT), 1);
    if (this.load(START_AT) != 0 && !this.superblock.needsRecovery)
      this.report(JournalDetail.NotEmpty, this.load(START_AT), 0);
    if (this.load(ERROR_AT) != 0) this.report(JournalDetail.Error, this.load(ERROR_AT), 0);
    const users = this.load(USERS_AT);
    if (users > (type == NEW_SUPERBLOCK ? 1 : 0)) this.report(JournalDetail.Users, users, 1);
    if (type == NEW_SUPERBLOCK) this.checkFeatures();
    else if (this.load(COMPATIBLE_AT) | this.load(INCOMPATIBLE_AT) | this.load(READ_ONLY_AT))
      this.report(JournalDetail.Type, type, NEW_SUPERBLOCK);
  }

  private checkFeatures(): void {
    const unknown = this.load(INCOMPATIBLE_AT) & ~KNOWN_INCOMPATIBLE;
    if (unknown != 0) this.report(JournalDetail.Incompatible, unknown, 0);
    if (this.load(READ_ONLY_AT) != 0) this.report(JournalDetail.ReadOnly, this.load(READ_ONLY_AT), 0);
    const compatible = this.load(COMPATIBLE_AT) & ~KNOWN_COMPATIBLE;
    if (compatible != 0) this.report(JournalDetail.Compatible, compatible, 0);
    if (!(this.load(INCOMPATIBLE_AT) & CHECKSUM_FEATURES)) return;
    const head = crc32c(crc32c(u32.MAX_VALUE, this.at, CHECKSUM_AT), ZERO, 4);
    const computed = crc32c(head, this.at + CHECKSUM_AT + 4, SIZE - CHECKSUM_AT - 4);
    this.expect(JournalDetail.Checksum, CHECKSUM_AT, computed);
  }

  private load(at: u32): u32 {
    return bswap<u32>(load<u32>(this.at + at));
  }

  private expect(detail: JournalDetail, at: u32, expected: u32): void {
    if (this.load(at) != expected) this.report(detail, this.load(at), expected);
  }

  private atMost(detail: JournalDetail, found: u32, most: u32): void {
    if (found > most) this.report(detail, found, most);
  }

  private report(detail: JournalDetail, found: u64, expected: u64): void {
    const block = this.first != 0 && detail >= JournalDetail.Magic ? this.first : u64.MAX_VALUE;
    this.state.findings.ofBlock(Problem.Journal, this.inode.number, block, detail, found, expected);
  }
}
