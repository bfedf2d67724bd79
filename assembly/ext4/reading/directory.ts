/**
 * Directories: all blocks, one after another, in the indexed ones too, whose index looks like unused entries.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Directory Entries; Hash Tree Directories; Inline Data.
 */
import { crc32c } from "../../bytes/crc32c";
import { quote } from "../../bytes/quote";
import { CompatibleFeature, IncompatibleFeature } from "../features";
import { DirectoryEntry, FileType, InodeFlag } from "../format";
import { BlockMap } from "./block-map";
import { refuseEncrypted } from "./content";
import { corrupt, refuseChecksum } from "./corrupt";
import { FileMap } from "./file-map";
import { InlineData } from "./inline-data";
import { FileInode } from "./inode";
import { Volume } from "./volume";

const HEADER_SIZE: u32 = 8;
const MIN_RECORD: u32 = 12;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;
/** The number of the directory above, before the entries of an inline directory. */
const INLINE_PARENT_SIZE: u32 = 4;

/** The last entry of a block that has a checksum. */
const TAIL_SIZE: u32 = 12;
const TAIL_TYPE: u8 = 0xde;

/** Of an index block. Offsets, bytes. */
const ROOT_COUNT_AT: u32 = 0x20;
const NODE_COUNT_AT: u32 = 8;
const INDEX_ENTRY_SIZE: u32 = 8;

/**
 * Goes over the names of one directory, in the order in which they stand there, without `.` and `..`.
 *
 *     directory.start(inode);
 *     while (directory.next()) … directory.entryInode, directory.name, directory.nameLength …
 *
 * Names are checked: not empty, no slash, no zero byte. That no name stands there twice is not.
 */
export class Directory {
  private inode: FileInode;
  private fileMap: FileMap;
  private inline: InlineData = new InlineData();
  private map: BlockMap | null = null;
  /** Blocks of the directory, and how many of them are begun. Of an inline one, its two pieces. */
  private areas: u64 = 0;
  private begun: u64 = 0;
  private block: u64 = 0;
  private offset: u32 = 0;
  private areaSize: u32 = 0;
  /** Of the directory above. */
  parent: u32 = 0;
  entryInode: u32 = 0;
  /** FileType; Unknown where the filesystem does not say. */
  entryType: u32 = 0;
  /** Address of the name: a copy, which holds until `next` is called again. */
  readonly name: usize = heap.alloc(255);
  nameLength: u32 = 0;

  constructor(private volume: Volume) {
    this.inode = changetype<FileInode>(0);
    this.fileMap = new FileMap(volume);
  }

  /** Blocks that it takes; 0: it stands in the inode. */
  get blocks(): u64 {
    return this.inode.isInline ? 0 : this.areas;
  }

  /**
   * @param inode  must hold until the last `next`
   * @fails Corrupt      it is no directory, or a damaged one
   * @fails Unsupported  its names are encrypted
   */
  start(inode: FileInode): void {
    this.inode = inode;
    this.begun = 0;
    this.offset = 0;
    this.areaSize = 0;
    if (!inode.isDirectory) this.refuse(`mode 0${inode.mode.toString(8)} is not that of one`);
    refuseEncrypted(inode);
    if (inode.isInline) this.startInline();
    else this.startBlocks();
  }

  /** Where the next entry stands; never 0. `goTo` finds it again, in another walk over the same directory. */
  get position(): u64 {
    return (this.begun - 1) * this.volume.blockSize + this.offset;
  }

  /** Whether the entry at hand stands in that block of the directory. */
  isIn(block: u64): bool {
    return this.begun - 1 == block;
  }

  /** After `start`. @fails Corrupt */
  goTo(position: u64): void {
    const blockSize = this.volume.blockSize;
    if (this.inode.isInline || position > this.areas * blockSize) this.refuse(`no entry at ${position}`);
    this.begun = position / blockSize;
    this.offset = 0;
    this.areaSize = 0;
    const offset = <u32>(position % blockSize);
    if (offset == 0) return; // `next` begins the block, if there is one
    this.beginArea();
    this.offset = offset;
  }

  /** @returns whether there is another name; @fails Corrupt */
  next(): bool {
    while (this.offset < this.areaSize || this.beginArea()) {
      this.take();
      if (this.entryInode == 0) continue;
      this.checkName();
      return true;
    }
    return false;
  }

  private startInline(): void {
    this.inline.find(this.inode);
    if (this.inode.size < INLINE_PARENT_SIZE) this.refuse(`${this.inode.size} bytes are no inline directory`);
    this.areas = 2;
    this.parent = load<u32>(this.inline.head);
  }

  private startBlocks(): void {
    const blockSize = this.volume.blockSize;
    const blocks = this.inode.size / blockSize;
    if (blocks == 0 || this.inode.size % blockSize != 0) {
      this.refuse(`${this.inode.size} bytes are not whole blocks of ${blockSize}`);
    }
    if (blocks > this.volume.blocks) this.refuse(`${blocks} blocks in a filesystem of ${this.volume.blocks}`);
    this.areas = blocks;
    this.map = null;
    this.beginArea();
    this.takeDots(1);
    if (this.entryInode != this.inode.number) this.refuse(`its own number is said to be ${this.entryInode}`);
    this.takeDots(2);
    this.parent = this.entryInode;
  }

  /** Goes to the next block, or the next piece in the inode. @returns whether there is one */
  private beginArea(): bool {
    if (this.begun == this.areas) return false;
    if (this.inode.isInline) {
      this.areaSize = this.begun == 0 ? this.inline.headLength : this.inline.tailLength;
      this.offset = this.begun == 0 ? INLINE_PARENT_SIZE : 0;
      this.begun++;
      return this.offset < this.areaSize || this.beginArea();
    }
    this.findBlock(this.begun);
    this.areaSize = this.volume.blockSize;
    this.offset = 0;
    if (this.volume.checksums) this.verify(this.volume.block(this.block), this.begun == 0);
    this.begun++;
    return true;
  }

  private findBlock(logical: u64): void {
    let map = this.map;
    if (!map) {
      map = this.fileMap.start(this.inode, 0, false);
      if (!map.next()) this.refuse("block 0 is a hole");
      this.map = map;
    }
    while (logical >= map.logical + map.length) if (!map.next()) this.refuse(`block ${logical} is a hole`);
    if (logical < map.logical || !map.isWritten) this.refuse(`block ${logical} is a hole`);
    this.block = map.physical + (logical - map.logical);
  }

  /** Where the block or piece is in memory: asked for anew each time, as blocks do not stay. */
  private get area(): usize {
    if (!this.inode.isInline) return this.volume.block(this.block);
    return this.begun == 1 ? this.inline.head : this.inline.tail;
  }

  /** Takes the entry at hand, used or not, and goes behind it. */
  private take(): void {
    const at = this.area + this.offset;
    const left = this.areaSize - this.offset;
    if (left < MIN_RECORD) this.refuseEntry(`${left} bytes at the end are no entry`);
    const entry = changetype<DirectoryEntry>(at);
    const length = this.recordLength(entry);
    const isUsed = entry.inode != 0;
    const needed = isUsed ? (HEADER_SIZE + entry.nameLength + 3) & ~3 : 0;
    if (length < max(needed, MIN_RECORD) || length % 4 != 0 || length > left) {
      this.refuseEntry(`length ${length}, with a name of ${entry.nameLength} and ${left} to the end`);
    }
    const inodes = this.volume.superblock.inodes;
    if (entry.inode > inodes) this.refuseEntry(`inode ${entry.inode} of ${inodes}`);
    this.entryInode = entry.inode;
    const saysType = this.volume.superblock.has(IncompatibleFeature.FileType);
    const isKnown = saysType && entry.fileType <= <u8>FileType.SymbolicLink;
    this.entryType = isKnown ? entry.fileType : <u32>FileType.Unknown;
    this.nameLength = entry.nameLength;
    if (isUsed) memory.copy(this.name, at + HEADER_SIZE, entry.nameLength);
    this.offset += length;
  }

  /** Blocks of 64 KiB have records that 16 bits cannot say: their two lowest, zero in any length, are then the highest. */
  private recordLength(entry: DirectoryEntry): u32 {
    const length: u32 = entry.recordLength;
    if (this.volume.blockSize < 0x1_0000) return length;
    return length == 0xffff || length == 0 ? 0x1_0000 : (length & 0xfffc) | ((length & 3) << 16);
  }

  /** Takes `.` or `..`, which every directory begins with. */
  private takeDots(count: u32): void {
    if (this.offset == this.areaSize) this.refuse("it does not begin with . and ..");
    this.take();
    const isFound = this.entryInode != 0 && this.nameLength == count && this.isDots();
    if (!isFound) this.refuse("it does not begin with . and ..");
  }

  private isDots(): bool {
    const length = this.nameLength;
    if (length == 0 || length > 2) return false;
    return load<u8>(this.name) == DOT && load<u8>(this.name + length - 1) == DOT;
  }

  private checkName(): void {
    if (this.nameLength == 0) this.refuseEntry("an empty name");
    if (this.isDots()) this.refuseEntry(`${quote(this.name, this.nameLength)} among the names`);
    for (let at = this.name; at < this.name + this.nameLength; at++) {
      const byte = load<u8>(at);
      if (byte == 0 || byte == SLASH) this.refuseEntry(`the name ${quote(this.name, this.nameLength)}`);
    }
  }

  private verify(block: usize, isFirst: bool): void {
    const size = this.volume.blockSize;
    const hasIndexes = (this.volume.superblock.compatible & CompatibleFeature.DirectoryIndex) != 0;
    const isIndexed = hasIndexes && (this.inode.flags & InodeFlag.Indexed) != 0;
    const first = changetype<DirectoryEntry>(block);
    const isNode = first.inode == 0 && this.recordLength(first) == size;
    if (isIndexed && isFirst) return this.verifyIndex(block, ROOT_COUNT_AT);
    if (isIndexed && isNode) return this.verifyIndex(block, NODE_COUNT_AT);
    const tail = block + size - TAIL_SIZE;
    const entry = changetype<DirectoryEntry>(tail);
    const isTail = entry.inode == 0 && entry.recordLength == TAIL_SIZE && entry.nameLength == 0;
    if (!isTail || entry.fileType != TAIL_TYPE) this.refuse(`block ${this.block} has no checksum`);
    this.compare(load<u32>(tail, 8), crc32c(this.inode.checksumSeed, block, size - TAIL_SIZE));
  }

  /** The checksum of an index covers its entries in use, and 8 bytes behind the last for which there is room. */
  private verifyIndex(block: usize, countAt: u32): void {
    const limit: u32 = load<u16>(block + countAt);
    const count: u32 = load<u16>(block + countAt, 2);
    const tail = countAt + limit * INDEX_ENTRY_SIZE;
    if (count > limit || tail + 8 > this.volume.blockSize) {
      this.refuse(`block ${this.block}: ${count} of ${limit} entries of its index`);
    }
    memory.copy(tailBuffer, block + tail, 4);
    store<u32>(tailBuffer, 0, 4);
    const used = crc32c(this.inode.checksumSeed, block, countAt + count * INDEX_ENTRY_SIZE);
    this.compare(load<u32>(block + tail, 4), crc32c(used, tailBuffer, 8));
  }

  private compare(stored: u32, computed: u32): void {
    if (stored == computed) return;
    refuseChecksum(`inode ${this.inode.number}: directory block ${this.block}`, stored, computed);
  }

  private refuseEntry(what: string): void {
    const place = this.inode.isInline ? "inline" : `block ${this.block}`;
    this.refuse(`${place}, entry at ${this.offset}: ${what}`);
  }

  private refuse(what: string): void {
    corrupt(`inode ${this.inode.number}: directory: ${what}`);
  }
}
const tailBuffer = memory.data(8, 8);
