/** The tree in an ext2, ext3 or ext4 filesystem. */
import { Literal } from "../bytes/literal";
import { Time } from "../tree/entry";
import { IdTable } from "../tree/id-table";
import { DIRECTORY } from "../tree/mode";
import { TreeReader } from "../tree/tree-reader";
import { ROOT_INODE } from "./format";
import { Ext4Reader } from "./reader";
import { BlockMap } from "./reading/block-map";
import { Content } from "./reading/content";
import { corrupt } from "./reading/corrupt";
import { Directory } from "./reading/directory";
import { FileMap } from "./reading/file-map";
import { FileInode } from "./reading/inode";
import { Xattrs } from "./reading/xattrs";
import { MADE_TIME_AT } from "./superblock-fields";

const LOST_FOUND = new Literal("lost+found");
const LOST_FOUND_MODE: u32 = 0o700;

export class Ext4Tree extends TreeReader {
  private inode: FileInode;
  private directory: Directory;
  private content: Content;
  private xattrs: Xattrs;
  private fileMap: FileMap;
  /** Of the regions that are told; null: there are no more. */
  private map: BlockMap | null = null;
  /** The file has no blocks, and is one region. */
  private isWhole: bool = false;
  private isContentOpen: bool = false;
  /** Blocks of names and content that this walk has met, of each file once. */
  private blocks: u64 = 0;
  private counted: IdTable = new IdTable();
  private isCounted: bool = false;

  constructor(private reader: Ext4Reader) {
    super();
    this.inode = reader.newInode();
    this.directory = reader.newDirectory();
    this.content = reader.newContent();
    this.xattrs = reader.newXattrs();
    this.fileMap = new FileMap(reader.volume);
  }

  get root(): u64 {
    return ROOT_INODE;
  }

  /** Our writer has no clock. Who writes to a filesystem sets a time. */
  get isAsMade(): bool {
    const superblock = this.reader.volume.superblock;
    return superblock.struct.writeTime == 0 && load<u32>(superblock.raw, MADE_TIME_AT) == 0;
  }

  get place(): u64 {
    const inode = this.inode;
    if (inode.isDirectory || !inode.hasBlocks || inode.size == 0) return 0;
    const map = this.fileMap.start(inode, 0, false);
    return map.next() ? map.physical : 0;
  }

  beginWalk(): void {
    this.blocks = 0;
    this.counted = new IdTable();
  }

  open(id: u64): void {
    const inode = this.inode;
    this.id = 0;
    this.isContentOpen = false;
    this.reader.readInode(<u32>id, inode);
    this.mode = inode.mode;
    this.uid = inode.uid;
    this.gid = inode.gid;
    this.size = inode.size;
    this.linkCount = inode.linkCount;
    const isDevice = inode.isDevice;
    this.deviceMajor = isDevice ? inode.deviceMajor : 0;
    this.deviceMinor = isDevice ? inode.deviceMinor : 0;
    setTime(this.atime, inode.atime, inode.atimeNanoseconds);
    setTime(this.ctime, inode.ctime, inode.ctimeNanoseconds);
    setTime(this.mtime, inode.mtime, inode.mtimeNanoseconds);
    this.id = id;
  }

  startNames(): void {
    this.directory.start(this.inode);
    this.startCount();
    this.count(this.directory.blocks);
  }

  nextName(): bool {
    const directory = this.directory;
    if (!directory.next()) return false;
    this.name = directory.name;
    this.nameLength = directory.nameLength;
    this.child = directory.entryInode;
    return true;
  }

  startXattrs(): void {
    this.xattrs.start(this.inode);
  }

  nextXattr(): bool {
    const xattrs = this.xattrs;
    if (!xattrs.next()) return false;
    this.xattr.name = xattrs.name;
    this.xattr.nameLength = xattrs.nameLength;
    this.xattr.value = xattrs.value;
    this.xattr.valueLength = xattrs.valueLength;
    return true;
  }

  startRegions(): void {
    this.openContent(); // which finds out whether it can be read at all
    this.startCount();
    this.isWhole = !this.inode.hasBlocks;
    this.map = this.inode.hasBlocks ? this.fileMap.start(this.inode, 0, false) : null;
  }

  nextRegion(): bool {
    if (this.isWhole) {
      this.isWhole = false;
      return this.tell(0, this.size);
    }
    const map = this.map;
    const blockSize = this.reader.volume.blockSize;
    while (map && map.next()) {
      if (!map.isWritten) continue;
      const at = map.logical * blockSize;
      if (at >= this.size) break; // room that was set aside, and stale content behind the end
      this.count(map.length);
      return this.tell(at, (map.logical + map.length) * blockSize);
    }
    this.map = null;
    return false;
  }

  read(at: u64, to: usize, length: u32): u32 {
    this.openContent();
    return this.content.read(at, to, length);
  }

  /** `lost+found`, empty, as our own writer makes it in every filesystem. */
  isImplied(name: usize, nameLength: u32): bool {
    if (!LOST_FOUND.equals(name, nameLength) || this.mode != (DIRECTORY | LOST_FOUND_MODE)) return false;
    if (this.uid != 0 || this.gid != 0 || !isZero(this.atime) || !isZero(this.ctime) || !isZero(this.mtime)) return false;
    this.startXattrs();
    if (this.nextXattr()) return false;
    this.directory.start(this.inode);
    return !this.directory.next();
  }

  private openContent(): void {
    if (this.isContentOpen) return;
    this.content.open(this.inode);
    this.isContentOpen = true;
  }

  /** @returns whether there is anything between the two */
  private tell(at: u64, end: u64): bool {
    this.regionAt = at;
    this.regionLength = min(end, this.size) - at;
    return this.regionLength > 0;
  }

  /** A file of several names may be asked under each of them. */
  private startCount(): void {
    this.isCounted = this.linkCount > 1 && this.counted.get(this.id) != 0;
    if (this.linkCount > 1 && !this.isCounted) this.counted.set(this.id, 1);
  }

  /** No block is of two files: so a small image cannot hold a tree that takes for ever. */
  private count(blocks: u64): void {
    if (this.isCounted) return;
    this.blocks += blocks;
    const all = this.reader.volume.superblock.blocks;
    if (this.blocks > all) corrupt(`inode ${this.id}: with it, files have ${this.blocks} blocks in a filesystem of ${all}`);
  }
}

function setTime(time: Time, seconds: i64, nanoseconds: u32): void {
  time.seconds = seconds;
  time.nanoseconds = nanoseconds;
  time.present = true;
}

function isZero(time: Time): bool {
  return time.seconds == 0 && time.nanoseconds == 0;
}
