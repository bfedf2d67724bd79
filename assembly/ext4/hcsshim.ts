/**
 * Profile hcsshim: what an entry does to the tree, and what is refused, as in hcsshim's tar2ext4.
 *
 * Blocks are never taken back there, so what has data on disk cannot be replaced; nor are paths resolved through
 * symbolic links. The inode numbers, the order of blocks and the remains of replaced entries all follow from these rules.
 *
 * Source: microsoft/hcsshim, ext4/tar2ext4 and ext4/internal/compactext4, at 7c9ff7f48.
 */
import { ErrorCode, Whiteouts } from "../abi";
import { Literal } from "../bytes/literal";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Entry, EntryListener, EntryType } from "../tree/entry";
import { Inode, Name } from "../tree/inode";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, FIFO, REGULAR, SYMBOLIC_LINK, TYPE_MASK } from "../tree/mode";
import { Path } from "../tree/path";
import { Tree } from "../tree/tree";
import { isOpaque, isWhiteout, WHITEOUT_PREFIX } from "../tree/whiteout";
import {
  BLOCK_SIZE, CONTENT_SIZE, FIRST_INODE, INODE_XATTR_SIZE, InodeFlag, MAX_LINKS, MAX_NAME_LENGTH, ROOT_INODE,
  XATTR_BLOCK_HEADER_SIZE,
} from "./format";
import { packTime, repackTime } from "./time";
import { Ext4Writer, packBlock, unpackBlock } from "./writer";
import { SYSTEM_DATA, XattrSet } from "./xattr";

const MAX_FILE_SIZE: u64 = 128 << 30;
/** Bytes of a target that stands in the inode. ext4 could take 60 of them, but for a NUL. */
const MAX_INODE_TARGET: u32 = 59;
/** Bytes of a small file: what the inode has beside the entry of `system.data`. */
const MAX_INLINE_SIZE: u64 = CONTENT_SIZE + INODE_XATTR_SIZE - 8 - 20;
const LOST_FOUND = new Literal("lost+found");
const OVERLAY_OPAQUE = new Literal("trusted.overlay.opaque");
const YES = new Literal("y");
const SLASH: u8 = 0x2f;
const BACKSLASH: u8 = 0x5c;

const block = memory.data(4096, 16);

/** What an inode is to become. Times are packed. */
class Wanted {
  mode: u32 = 0;
  uid: u32 = 0;
  gid: u32 = 0;
  deviceMajor: u32 = 0;
  deviceMinor: u32 = 0;
  atime: u64 = 0;
  ctime: u64 = 0;
  mtime: u64 = 0;
  size: u64 = 0;
  target: usize = 0;
  targetLength: u32 = 0;

  get type(): u32 {
    return this.mode & TYPE_MASK;
  }

  /** Nothing but the mode: what hcsshim gives to whiteouts and to lost+found. */
  bare(mode: u32): void {
    memory.fill(changetype<usize>(this), 0, offsetof<Wanted>());
    this.mode = mode;
  }

  /** What can be read back of `inode`. */
  like(inode: Inode): void {
    this.bare(inode.mode);
    this.uid = inode.uid;
    this.gid = inode.gid;
    this.deviceMajor = inode.deviceMajor;
    this.deviceMinor = inode.deviceMinor;
    this.atime = repackTime(inode.atime);
    this.ctime = repackTime(inode.ctime);
    this.mtime = repackTime(inode.mtime);
  }

  describedBy(entry: Entry): void {
    this.mode = (entry.mode & ~TYPE_MASK & 0xffff) | typeOf(entry.type);
    this.uid = entry.uid;
    this.gid = entry.gid;
    this.deviceMajor = entry.deviceMajor;
    this.deviceMinor = entry.deviceMinor;
    this.atime = packTime(entry.atime);
    this.ctime = packTime(entry.ctime);
    this.mtime = packTime(entry.mtime);
    this.size = entry.size;
    this.target = entry.link;
    this.targetLength = entry.linkLength;
  }
}

export class HcsshimLayer extends EntryListener {
  private tree: Tree;
  private path: Path = new Path();
  private otherPath: Path = new Path();
  private wanted: Wanted = new Wanted();
  private xattrs: XattrSet = new XattrSet();
  private file: Inode;
  private written: u32 = 0;
  /** Entries with a whiteout's name. */
  whiteoutCount: u64 = 0;

  /** @param inline  whether files of at most 136 bytes live in their inodes */
  constructor(
    private writer: Ext4Writer,
    private whiteouts: Whiteouts,
    private inline: bool,
    private convertSlash: bool,
    maxEntries: u32,
  ) {
    super();
    const tree = new Tree(ROOT_INODE, maxEntries);
    this.tree = tree;
    this.file = tree.root;
    tree.root.mode = DIRECTORY | 0o755;
    tree.root.linkCount = 2;
    tree.root.flags = InodeFlag.HugeFile;
    // e2fsck asks for it.
    this.path.clean(LOST_FOUND.at, LOST_FOUND.length);
    this.wanted.bare(DIRECTORY | 0o700);
    this.xattrs.clear();
    this.create(this.path);
  }

  entry(entry: Entry): bool {
    if (this.convertSlash) {
      convertSlashes(entry.name, entry.nameLength);
      convertSlashes(entry.link, entry.linkLength);
    }
    this.path.clean(entry.name, entry.nameLength);
    this.makeParents();
    if (this.takeWhiteout(entry)) return false;
    if (entry.type == EntryType.HardLink) {
      this.link(entry);
      return false;
    }
    this.wanted.describedBy(entry);
    this.xattrs.clear();
    for (let i: u32 = 0; i < entry.attributeCount; i++) {
      const attribute = entry.attribute(i);
      this.xattrs.add(attribute.name, attribute.nameLength, attribute.value, attribute.valueLength);
    }
    this.create(this.path);
    return this.wanted.type == REGULAR;
  }

  data(from: usize, length: u32): void {
    const content = this.file.content;
    if (content) memory.copy(content + this.written, from, length);
    else this.writer.stream.append(from, length);
    this.written += length;
  }

  zeros(length: u64): void {
    if (this.file.content) this.written += <u32>length; // its room is zero
    else this.writer.stream.zeros(length);
  }

  endData(): void {
    if (!this.file.content) this.writer.endContent(this.file);
  }

  end(): void {
    this.writer.finish(this.tree);
  }

  /** Makes the directories above `path` that are not there, in the likeness of what they stand in. */
  private makeParents(): void {
    const path = this.path;
    if (this.tree.resolveParent(path)) return; // it may be no directory; then `create` says so
    const end = path.parentLength;
    let directory = this.tree.root;
    for (let from: u32 = 0; from <= end; ) {
      let to = from;
      while (to < end && load<u8>(path.at + to) != SLASH) to++;
      const name = this.tree.find(directory, path.at + from, to - from);
      if (name) {
        directory = name.inode;
      } else {
        this.wanted.like(directory);
        this.xattrs.clear();
        this.otherPath.clean(path.at, to);
        directory = this.create(this.otherPath);
      }
      from = to + 1;
    }
  }

  /** @returns whether the entry is a whiteout, which is then done */
  private takeWhiteout(entry: Entry): bool {
    // The name is cut from the path as it is written: with a slash at its end it is empty, and no whiteout.
    let at = entry.nameLength;
    while (at > 0 && load<u8>(entry.name + at - 1) != SLASH) at--;
    const name = entry.name + at;
    const length = entry.nameLength - at;
    if (!isWhiteout(name, length)) return false;
    this.whiteoutCount++;
    if (this.whiteouts != Whiteouts.Overlay) return false;

    const path = this.otherPath;
    path.clean(entry.name, at);
    if (isOpaque(name, length)) {
      this.makeOpaque(path);
    } else {
      path.join(name + WHITEOUT_PREFIX.length, length - WHITEOUT_PREFIX.length);
      this.wanted.bare(CHARACTER_DEVICE);
      this.xattrs.clear();
      this.create(path);
    }
    return true;
  }

  /** Creates what is at `path` once more, with the attribute by which overlayfs hides what is below. */
  private makeOpaque(path: Path): void {
    const inode = this.tree.resolve(path);
    if (!inode) return this.refuse(ErrorCode.NotFound, path, "an opaque marker for what is not there");
    const wanted = this.wanted;
    wanted.like(inode);
    wanted.size = inode.size;
    if (inode.type == SYMBOLIC_LINK) {
      if (!inode.content) this.refuse(ErrorCode.FailedPrecondition, path, "an opaque marker for a symbolic link");
      wanted.target = inode.content;
      wanted.targetLength = <u32>inode.size;
    }
    this.readXattrs(inode);
    this.xattrs.remove(SYSTEM_DATA);
    this.xattrs.remove(OVERLAY_OPAQUE);
    this.xattrs.add(OVERLAY_OPAQUE.at, OVERLAY_OPAQUE.length, YES.at, YES.length);
    const made = this.create(path);
    if (made.type != REGULAR) return;
    if (made.size > 0) this.refuse(ErrorCode.FailedPrecondition, path, "an opaque marker for a file with content");
  }

  private readXattrs(inode: Inode): void {
    this.xattrs.clear();
    if (inode.xattrBlock) {
      unpackBlock(inode.xattrPacked, block);
      this.xattrs.addEncoded(block + XATTR_BLOCK_HEADER_SIZE, BLOCK_SIZE - XATTR_BLOCK_HEADER_SIZE, XATTR_BLOCK_HEADER_SIZE, true);
    }
    if (inode.xattrInode) this.xattrs.addEncoded(inode.xattrInode + 4, INODE_XATTR_SIZE - 4, 0, true);
  }

  /** Gives `path` what `wanted` and `xattrs` describe. @returns its inode */
  private create(path: Path): Inode {
    const isDirectory = this.wanted.type == DIRECTORY;
    const existing = this.find(path);
    if (existing && existing.isDirectory != isDirectory) {
      const what = isDirectory ? "a file with a directory" : "a directory with a file";
      this.refuse(ErrorCode.FailedPrecondition, path, `cannot replace ${what}`);
    }
    if (existing && (isDirectory || existing.linkCount < 2)) {
      if (existing.flags & InodeFlag.Extents) {
        this.refuse(ErrorCode.FailedPrecondition, path, "cannot replace a file whose data is written");
      }
      this.fill(existing, path);
      return existing;
    }
    return this.createNew(path, isDirectory);
  }

  private createNew(path: Path, isDirectory: bool): Inode {
    const parent = this.directoryOf(path);
    if (isDirectory && parent.linkCount >= MAX_LINKS) {
      this.refuse(ErrorCode.OutOfRange, path, `its directory has ${MAX_LINKS} links already`);
    }
    const last = this.tree.lastInode.number;
    const inode = this.tree.makeInode(max(last + 1, FIRST_INODE));
    this.fill(inode, path);
    this.tree.add(inode);
    const name = this.setName(parent, path, inode);
    inode.linkCount = isDirectory ? 2 : 1;
    if (isDirectory) {
      inode.ownName = name;
      parent.linkCount++;
    }
    return inode;
  }

  /** The name that `path` has in `parent` from now on stands for `inode`. */
  private setName(parent: Inode, path: Path, inode: Inode): Name {
    const name = this.tree.find(parent, path.name, path.nameLength);
    if (!name) return this.tree.insert(parent, path.name, path.nameLength, inode);
    name.inode.linkCount--;
    name.inode = inode;
    return name;
  }

  /** Makes of `inode` what is wanted. Attributes that stood in it, not in its block, stay unless they are given anew. */
  private fill(inode: Inode, path: Path): void {
    const wanted = this.wanted;
    const type = wanted.type;
    if (type == REGULAR && wanted.size > MAX_FILE_SIZE) {
      this.refuse(ErrorCode.OutOfRange, path, `file of ${wanted.size} bytes is past the limit of ${MAX_FILE_SIZE}`);
    }
    inode.mode = wanted.mode;
    inode.uid = wanted.uid;
    inode.gid = wanted.gid;
    inode.deviceMajor = wanted.deviceMajor;
    inode.deviceMinor = wanted.deviceMinor;
    inode.atime = wanted.atime;
    inode.ctime = wanted.ctime;
    inode.mtime = wanted.mtime;
    inode.flags = InodeFlag.HugeFile;
    inode.size = 0;
    inode.content = 0;
    if (type == REGULAR) this.beginFile(inode);
    this.writeXattrs(inode);
    if (type == REGULAR && !inode.content) this.writer.beginContent(inode.size);
    if (type == SYMBOLIC_LINK) this.writeTarget(inode);
  }

  private beginFile(inode: Inode): void {
    const size = this.wanted.size;
    inode.size = size;
    this.file = inode;
    this.written = 0;
    if (!this.inline || size > MAX_INLINE_SIZE) return;
    inode.flags |= InodeFlag.InlineData;
    inode.content = this.tree.room(max(<u32>size, 1)); // an address, even of nothing: it says that the data stays here
    this.xattrs.reserveData(size > CONTENT_SIZE ? <u32>size - CONTENT_SIZE : 0);
  }

  private writeXattrs(inode: Inode): void {
    const xattrs = this.xattrs;
    if (inode.xattrInode) xattrs.addEncoded(inode.xattrInode + 4, INODE_XATTR_SIZE - 4, 0, false);
    if (xattrs.isEmpty && !inode.xattrBlock) {
      inode.xattrInode = 0;
      return;
    }
    xattrs.place();
    this.writeInodeXattrs(inode);
    if (xattrs.usesBlock || inode.xattrBlock) this.writeBlockXattrs(inode);
  }

  private writeInodeXattrs(inode: Inode): void {
    if (!this.xattrs.usesInode) {
      inode.xattrInode = 0;
      return;
    }
    if (inode.xattrInode) memory.fill(inode.xattrInode, 0, INODE_XATTR_SIZE);
    else inode.xattrInode = this.tree.room(INODE_XATTR_SIZE);
    this.xattrs.encodeInode(inode.xattrInode);
  }

  /** A block once taken stays the inode's, if with nothing in it. */
  private writeBlockXattrs(inode: Inode): void {
    memory.fill(block, 0, BLOCK_SIZE);
    this.xattrs.encodeBlock(block);
    inode.xattrPacked = packBlock(this.tree, block);
    if (inode.xattrBlock) return;
    inode.xattrBlock = this.writer.takeXattrBlock();
    inode.blockCount++;
  }

  private writeTarget(inode: Inode): void {
    const target = this.wanted.target;
    const length = this.wanted.targetLength;
    inode.mode |= 0o777;
    inode.size = length;
    if (length <= MAX_INODE_TARGET) {
      inode.content = this.tree.keep(target, length);
      return;
    }
    this.writer.beginContent(length);
    this.writer.stream.append(target, length);
    this.writer.endContent(inode);
  }

  /** A hard link to a symbolic link is one more name of the link itself, as in containerd. */
  private link(entry: Entry): void {
    const path = this.path;
    const existing = this.find(path);
    if (existing && (existing.isDirectory || existing.linkCount < 2)) {
      this.refuse(ErrorCode.FailedPrecondition, path, "a hard link cannot replace the last name of a file, nor a directory");
    }
    const parent = this.directoryOf(path);
    const targetPath = this.otherPath;
    targetPath.clean(entry.link, entry.linkLength);
    const target = this.find(targetPath);
    if (!target) return this.refuse(ErrorCode.NotFound, targetPath, "no such file to link to");
    if (target.isDirectory) this.refuse(ErrorCode.FailedPrecondition, targetPath, "a directory cannot have a hard link");
    if (existing !== target && target.linkCount >= MAX_LINKS) {
      this.refuse(ErrorCode.OutOfRange, targetPath, `has ${MAX_LINKS} links already`);
    }
    target.linkCount++;
    this.setName(parent, path, target);
  }

  /** What is at `path`, or null. @fails as `directoryOf` */
  private find(path: Path): Inode | null {
    if (path.length == 0) return this.tree.root;
    const name = this.tree.find(this.directoryOf(path), path.name, path.nameLength);
    return name ? name.inode : null;
  }

  /** @fails NotFound  what should hold `path` is not there, or no directory; OutOfRange  its name is too long */
  private directoryOf(path: Path): Inode {
    if (path.nameLength > MAX_NAME_LENGTH) {
      this.refuse(ErrorCode.OutOfRange, path, `name of ${path.nameLength} bytes is past the limit of ${MAX_NAME_LENGTH}`);
    }
    const directory = this.tree.resolveParent(path);
    if (directory && directory.isDirectory) return directory;
    this.refuse(ErrorCode.NotFound, path, directory ? "its parent is not a directory" : "its parent is not there");
    return this.tree.root;
  }

  private refuse(code: ErrorCode, path: Path, why: string): void {
    fail(code, `ext4: ${quote(path.at, path.length)}: ${why}`);
  }
}

function typeOf(type: i32): u32 {
  switch (type) {
    case EntryType.SymbolicLink:
      return SYMBOLIC_LINK;
    case EntryType.CharacterDevice:
      return CHARACTER_DEVICE;
    case EntryType.BlockDevice:
      return BLOCK_DEVICE;
    case EntryType.Directory:
      return DIRECTORY;
    case EntryType.Fifo:
      return FIFO;
    default:
      return REGULAR;
  }
}

function convertSlashes(from: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(from + i) == BACKSLASH) store<u8>(from + i, SLASH);
}
