/** What the host may ask of an image, and how the answers are put into bytes. */
import { Accounts } from "./accounts";
import { BlockUse, ErrorCode, InodeField, Structure, Text } from "./abi";
import { allocate, ByteBuffer } from "./bytes/memory";
import { BlockMap } from "./ext4/reading/block-map";
import { BlockUsage } from "./ext4/reading/block-usage";
import { Content } from "./ext4/reading/content";
import { Directory } from "./ext4/reading/directory";
import { FileMap } from "./ext4/reading/file-map";
import { FileInode } from "./ext4/reading/inode";
import { Xattrs } from "./ext4/reading/xattrs";
import { appendText } from "./facts";
import { fail } from "./host";
import { Image } from "./image";

/** Bytes of the buffer. Measured: reads of a file in pieces of 256 KiB to 1 MiB are fastest. */
const BUFFER_SIZE: u32 = 512 * 1024;
/** Of an entry in a list: inode, length of the name, type. The name follows. */
const ENTRY_HEADER_SIZE: u32 = 7;
const MAX_NAME_LENGTH: u32 = 255;

export class Access {
  /** Names go in, all else comes out. */
  readonly buffer: usize = allocate(BUFFER_SIZE);
  private text: ByteBuffer = new ByteBuffer();
  private directory: Directory;
  private directoryInode: FileInode;
  private inode: FileInode;
  /** Whose attributes or extents are being told. */
  private startedInode: FileInode;
  private content: Content;
  private contentInode: FileInode;
  /** Whose content is open; 0: none is. */
  private contentOf: u32 = 0;
  private xattrs: Xattrs;
  private fileMap: FileMap;
  /** Of the file that extents are asked of; null: none. */
  private map: BlockMap | null = null;
  private usage: BlockUsage | null = null;
  private accounts: Accounts | null = null;
  /** Where `list` goes on; 0: nowhere. */
  nextPosition: u64 = 0;

  constructor(readonly image: Image) {
    const reader = image.reader;
    this.directory = reader.newDirectory();
    this.directoryInode = reader.newInode();
    this.inode = reader.newInode();
    this.startedInode = reader.newInode();
    this.content = reader.newContent();
    this.contentInode = reader.newInode();
    this.xattrs = reader.newXattrs();
    this.fileMap = new FileMap(reader.volume);
  }

  /** Puts a text into the buffer. @returns its bytes */
  putText(what: Text): u32 {
    this.text.clear();
    appendText(this.text, this.image, what);
    memory.copy(this.buffer, this.text.at, this.text.length);
    return this.text.length;
  }

  /** The inode that the name in the buffer has in a directory; 0: it has no such name. */
  lookUp(directory: u32, length: u32): u32 {
    if (length > MAX_NAME_LENGTH) return 0;
    this.image.reader.readInode(directory, this.directoryInode);
    return this.image.reader.find(this.directoryInode, this.buffer, length);
  }

  /** Puts the numbers of an inode into the buffer: an InodeField each. */
  putInode(number: u32): void {
    const inode = this.inode;
    this.image.reader.readInode(number, inode);
    this.put(InodeField.Mode, inode.mode);
    this.put(InodeField.Uid, inode.uid);
    this.put(InodeField.Gid, inode.gid);
    this.put(InodeField.Links, inode.linkCount);
    this.put(InodeField.Size, <f64>inode.size);
    this.put(InodeField.Sectors, <f64>inode.sectors);
    this.put(InodeField.Flags, inode.flags);
    this.put(InodeField.Generation, inode.generation);
    this.put(InodeField.Project, inode.project);
    this.put(InodeField.DeviceMajor, inode.isDevice ? inode.deviceMajor : 0);
    this.put(InodeField.DeviceMinor, inode.isDevice ? inode.deviceMinor : 0);
    this.putTime(InodeField.AccessTime, inode.atime, inode.atimeNanoseconds);
    this.putTime(InodeField.ChangeTime, inode.ctime, inode.ctimeNanoseconds);
    this.putTime(InodeField.ModifyTime, inode.mtime, inode.mtimeNanoseconds);
    this.put(InodeField.HasBirthTime, inode.hasBirthTime ? 1 : 0);
    this.putTime(InodeField.BirthTime, inode.birthTime, inode.birthTimeNanoseconds);
  }

  /**
   * Puts entries of a directory into the buffer, as many as fit.
   *
   * @param position  0, or where the list before it ended
   * @returns bytes; `nextPosition` says where the next list goes on
   */
  list(number: u32, position: u64): u32 {
    const directory = this.directory;
    this.image.reader.readInode(number, this.directoryInode);
    directory.start(this.directoryInode);
    if (position > 0) directory.goTo(position);
    this.nextPosition = 0;
    let to = this.buffer;
    const end = to + BUFFER_SIZE - (ENTRY_HEADER_SIZE + MAX_NAME_LENGTH);
    while (directory.next()) {
      to = this.putEntry(to);
      if (to <= end) continue;
      this.nextPosition = directory.position;
      break;
    }
    return <u32>(to - this.buffer);
  }

  /** @returns where the next one goes */
  private putEntry(to: usize): usize {
    const directory = this.directory;
    store<u32>(to, directory.entryInode);
    store<u16>(to, <u16>directory.nameLength, 4);
    store<u8>(to, directory.entryType, 6);
    memory.copy(to + ENTRY_HEADER_SIZE, directory.name, directory.nameLength);
    return to + ENTRY_HEADER_SIZE + directory.nameLength;
  }

  /** The directory above another. */
  parentOf(number: u32): u32 {
    this.image.reader.readInode(number, this.directoryInode);
    this.directory.start(this.directoryInode);
    return this.directory.parent;
  }

  /** Puts at most `length` bytes of a file or a link's target into the buffer. @returns how many; 0: behind the end */
  read(number: u32, at: u64, length: u32): u32 {
    const inode = this.contentInode;
    if (this.contentOf != number) {
      this.contentOf = 0; // until all has gone well
      this.image.reader.readInode(number, inode);
      if (!inode.hasContent) fail(ErrorCode.InvalidArgument, `reader: inode ${number}: has no content`);
      this.content.open(inode);
      this.contentOf = number;
    }
    return this.content.read(at, this.buffer, min(length, BUFFER_SIZE));
  }

  startXattrs(number: u32): void {
    this.image.reader.readInode(number, this.startedInode);
    this.xattrs.start(this.startedInode);
  }

  /** The attribute at hand. */
  get xattr(): Xattrs {
    return this.xattrs;
  }

  startExtents(number: u32): void {
    const inode = this.startedInode;
    this.map = null;
    this.image.reader.readInode(number, inode);
    if (inode.hasBlocks) this.map = this.fileMap.start(inode, 0, false);
  }

  /**
   * Puts a run of the file's blocks into the buffer: in the file, on disk, how many, whether written.
   *
   * @returns whether there is one
   */
  putExtent(): bool {
    const map = this.map;
    if (!map || !map.next()) return false;
    this.put(0, <f64>map.logical);
    this.put(1, <f64>map.physical);
    this.put(2, map.length);
    this.put(3, map.isWritten ? 1 : 0);
    return true;
  }

  startUsage(): void {
    this.blockUsage().gather();
  }

  startOwners(): void {
    this.blockUsage().begin();
  }

  /** @returns whether there is more to be read before owners can be told */
  gatherOwners(): bool {
    return this.blockUsage().gatherMore();
  }

  /** Puts a run of blocks of one owner into the buffer: as `putUsage`, then owner and first. @returns whether there is one */
  putOwned(): bool {
    const usage = this.blockUsage();
    if (!usage.nextOwned()) return false;
    this.put(0, <f64>usage.start);
    this.put(1, <f64>usage.length);
    this.put(2, usage.use);
    this.put(3, usage.owner);
    this.put(4, <f64>usage.first);
    return true;
  }

  private blockUsage(): BlockUsage {
    let usage = this.usage;
    if (!usage) {
      const reader = this.image.reader;
      usage = new BlockUsage(reader.volume, reader.groups, reader.inodes);
      this.usage = usage;
    }
    return usage;
  }

  /** Puts what a structure says into the buffer. @returns its bytes */
  putAccount(what: Structure, number: u32): u32 {
    let accounts = this.accounts;
    if (!accounts) {
      accounts = new Accounts(this.image);
      this.accounts = accounts;
    }
    accounts.tell(what, number);
    const bytes = accounts.account.bytes;
    memory.copy(this.buffer, bytes.at, bytes.length);
    return bytes.length;
  }

  /** As `list`, the entries of one block of a directory. */
  listBlock(number: u32, block: u64): u32 {
    const directory = this.directory;
    this.image.reader.readInode(number, this.directoryInode);
    directory.start(this.directoryInode);
    if (block > 0) directory.goTo(block * this.image.reader.volume.blockSize);
    let to = this.buffer;
    while (directory.next() && directory.isIn(block)) to = this.putEntry(to);
    return <u32>(to - this.buffer);
  }

  /** Puts a run of blocks of one use into the buffer: the first, how many, BlockUse. @returns whether there is one */
  putUsage(): bool {
    const usage = this.usage;
    if (!usage || !usage.next()) return false;
    this.put(0, <f64>usage.start);
    this.put(1, <f64>usage.length);
    this.put(2, usage.use);
    return true;
  }

  private put(field: u32, value: f64): void {
    store<f64>(this.buffer + field * 8, value);
  }

  private putTime(field: u32, seconds: i64, nanoseconds: u32): void {
    this.put(field, <f64>seconds);
    this.put(field + 1, nanoseconds);
  }
}
