/** The names of a directory, one block after another. */
import { Problem } from "../../abi";
import { Literal } from "../../bytes/literal";
import { IncompatibleFeature } from "../features";
import { DirectoryEntry, FileType, InodeFlag, ROOT_INODE } from "../format";
import { FileInode } from "../reading/inode";
import { Superblock } from "../reading/superblock";
import { HASH_SEED_AT } from "../superblock-fields";
import { InodeRecord, Known } from "./census";
import { CheckState } from "./check-state";
import { DirectoryDetail, EntryDetail } from "./details";
import { DirectoryBlock } from "./directory-blocks";
import { isWithin } from "./directory-index";
import { hashName } from "./name-hash";
import { NameSet } from "./name-set";

const LOST_FOUND = new Literal("lost+found");
const HEADER_SIZE: u32 = 8;
const MIN_RECORD: u32 = 12;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

export class EntriesCheck {
  private superblock: Superblock;
  private hasTypes: bool;
  private names: NameSet = new NameSet();
  private inode: FileInode;
  private record: InodeRecord;
  private hasPlainNames: bool = true;
  private block: u64 = 0;
  private area: usize = 0;
  private end: usize = 0;
  /** Where the entry at hand stands. */
  private at: usize = 0;
  /** What the index says of the block at hand; null: nothing. */
  bounds: DirectoryBlock | null = null;
  /** Of the index's hashes. */
  hashVersion: u32 = 0;

  constructor(private state: CheckState) {
    this.superblock = state.superblock;
    this.hasTypes = state.superblock.has(IncompatibleFeature.FileType);
    this.inode = changetype<FileInode>(0);
    this.record = changetype<InodeRecord>(0);
  }

  /** Begins a directory. */
  start(inode: FileInode, record: InodeRecord): void {
    this.inode = inode;
    this.record = record;
    this.hasPlainNames = (inode.flags & InodeFlag.Encrypted) == 0;
    this.bounds = null;
    this.names.clear();
  }

  /** The directory above, where no entry says so. */
  takeParent(parent: u32): void {
    this.record.dotDot = parent;
    this.record.counted++; // `.`, which is not there
    this.count(parent);
  }

  /** As `checkArea`, of the block with `.` and `..`. */
  checkFirst(block: u64, area: usize, length: u32): void {
    this.begin(block, area, length);
    const self = this.inode.number;
    if (this.isDots(1)) {
      const entry = this.entry;
      if (entry.inode != self) this.report(Problem.DirectoryDots, DirectoryDetail.Dot, entry.inode, self);
      this.takeDots();
    } else this.report(Problem.DirectoryDots, DirectoryDetail.NoDot, 0, self);
    if (this.isDots(2)) {
      this.record.dotDot = this.entry.inode;
      this.takeDots();
    } else this.report(Problem.DirectoryDots, DirectoryDetail.NoDotDot, 0, 0);
    this.checkRest();
  }

  /** Goes over the entries of `length` bytes. @param block  NO_BLOCK: they stand in the inode */
  checkArea(block: u64, area: usize, length: u32): void {
    this.begin(block, area, length);
    this.checkRest();
  }

  private begin(block: u64, area: usize, length: u32): void {
    this.block = block;
    this.area = area;
    this.at = area;
    this.end = area + length;
  }

  private get entry(): DirectoryEntry {
    return changetype<DirectoryEntry>(this.at);
  }

  private checkRest(): void {
    while (this.at < this.end) {
      if (!this.isSound())
        return this.report(Problem.DirectoryBlock, DirectoryDetail.Length, this.recordLength, this.end - this.at);
      if (this.entry.inode != 0) this.checkEntry();
      this.at += this.recordLength;
    }
  }

  /** Blocks of 64 KiB have records that 16 bits cannot say: the lowest two, always zero else, are the highest. */
  private get recordLength(): u32 {
    const length: u32 = this.entry.recordLength;
    if (this.superblock.blockSize < 0x1_0000) return length;
    return length == 0xffff || length == 0 ? 0x1_0000 : (length & 0xfffc) | ((length & 3) << 16);
  }

  /** Whether the entry's lengths can be. */
  private isSound(): bool {
    const left = <u32>(this.end - this.at);
    if (left < MIN_RECORD) return false;
    const length = this.recordLength;
    return (
      length >= MIN_RECORD && length % 4 == 0 && length <= left && HEADER_SIZE + <u32>this.entry.nameLength <= length
    );
  }

  /** Whether the entry at hand is `.` or `..`. */
  private isDots(count: u32): bool {
    if (this.at >= this.end || !this.isSound()) return false;
    const entry = this.entry;
    if (entry.inode == 0 || entry.nameLength != count) return false;
    for (let i: u32 = 0; i < count; i++) if (load<u8>(this.at + HEADER_SIZE + i) != DOT) return false;
    return true;
  }

  private takeDots(): void {
    const entry = this.entry;
    const expected: u32 = this.hasTypes ? FileType.Directory : FileType.Unknown;
    if (entry.fileType != expected) this.reportName(Problem.EntryType, 0, entry.fileType, expected);
    const behind: u32 = load<u8>(this.at + HEADER_SIZE + entry.nameLength);
    if (behind != 0) this.report(Problem.DirectoryDots, DirectoryDetail.NotEnded, behind, 0);
    this.count(entry.inode);
    this.at += this.recordLength;
  }

  private count(inode: u32): void {
    if (inode == 0 || inode > this.superblock.inodes) return;
    const record = this.state.census.get(inode);
    if (record.known & Known.Used) record.counted++;
  }

  private checkEntry(): void {
    const entry = this.entry;
    if (this.hasPlainNames) this.checkName(entry);
    const bounds = this.bounds;
    if (bounds) {
      const hash = hashName(
        this.superblock.raw + HASH_SEED_AT,
        this.hashVersion,
        this.at + HEADER_SIZE,
        entry.nameLength,
      );
      if (!isWithin(bounds, hash)) this.reportName(Problem.IndexHash, 0, hash, bounds.firstHash);
    }
    const inode = entry.inode;
    const superblock = this.superblock;
    if (inode > superblock.inodes)
      return this.reportName(Problem.EntryInode, EntryDetail.Outside, inode, superblock.inodes);
    if (inode == ROOT_INODE) return this.reportName(Problem.EntryInode, EntryDetail.Root, inode, 0);
    if (inode < superblock.firstInode)
      return this.reportName(Problem.EntryInode, EntryDetail.Reserved, inode, superblock.firstInode);
    if (inode == this.inode.number) return this.reportName(Problem.EntryInode, EntryDetail.Itself, inode, 0);
    this.checkInode(entry, this.state.census.get(inode));
  }

  private checkInode(entry: DirectoryEntry, record: InodeRecord): void {
    if (!(record.known & Known.Used)) return this.reportName(Problem.EntryInode, EntryDetail.NotUsed, entry.inode, 0);
    if (record.known & Known.Value) return this.reportName(Problem.EntryInode, EntryDetail.Value, entry.inode, 0);
    record.counted++;
    const expected: u32 = this.hasTypes ? record.type : 0;
    if (entry.fileType != expected) this.reportName(Problem.EntryType, 0, entry.fileType, expected);
    if (!(record.known & Known.Directory)) return this.checkLostFound(entry);
    if (record.parent != 0) return this.reportName(Problem.DirectoryLinkedTwice, 0, entry.inode, record.parent);
    record.parent = this.inode.number;
  }

  /** What has no name is put there, so it must be a directory. */
  private checkLostFound(entry: DirectoryEntry): void {
    if (this.inode.number != ROOT_INODE || !LOST_FOUND.equals(this.at + HEADER_SIZE, entry.nameLength)) return;
    this.state.findings.ofInode(Problem.LostFound, entry.inode, 0, 0, 0);
  }

  private checkName(entry: DirectoryEntry): void {
    const name = this.at + HEADER_SIZE;
    const length: u32 = entry.nameLength;
    if (length == 0) return this.reportName(Problem.EntryName, EntryDetail.Empty, 0, 0);
    if (this.isDots(1) || this.isDots(2)) return this.reportName(Problem.EntryName, EntryDetail.Dots, 0, 0);
    for (let at = name; at < name + length; at++) {
      const byte = load<u8>(at);
      if (byte == 0 || byte == SLASH) return this.reportName(Problem.EntryName, EntryDetail.Byte, byte, at - name);
    }
    if (!this.names.add(name, length)) this.reportName(Problem.EntryTwice, 0, 0, 0);
  }

  private report(problem: Problem, detail: u32, found: u64, expected: u64): void {
    const offset = <u32>(this.at - this.area);
    this.state.findings.ofBlock(problem, this.inode.number, this.block, detail, found, expected).offset = offset;
  }

  private reportName(problem: Problem, detail: u32, found: u64, expected: u64): void {
    this.state.findings.ofName(
      problem,
      this.inode.number,
      this.block,
      detail,
      found,
      expected,
      this.at + HEADER_SIZE,
      this.entry.nameLength,
    );
  }
}
