/**
 * Profile hcsshim: what an entry does to the tree, and what is refused, as in hcsshim's tar2ext4.
 *
 * Blocks are never taken back there, so what has data on disk cannot be replaced; nor are paths resolved through
 * symbolic links. The inode numbers, the order of blocks and the remains of replaced entries all follow from these rules.
 *
 * Source: microsoft/hcsshim, ext4/tar2ext4 and ext4/internal/compactext4, at 7c9ff7f48.
 */
import { ErrorCode, Whiteouts } from "../abi";
import { BlockStream } from "../block-stream";
import { Literal } from "../bytes/literal";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Entry, EntryType } from "../tree/entry";
import { Inode, Name } from "../tree/inode";
import { CHARACTER_DEVICE, DIRECTORY, REGULAR, SYMBOLIC_LINK } from "../tree/mode";
import { Path } from "../tree/path";
import { Tree } from "../tree/tree";
import { isOpaque, isWhiteout, OVERLAY_OPAQUE, WHITEOUT_PREFIX, YES } from "../tree/whiteout";
import { Ext4Layer } from "./ext4-layer";
import { InodeFiller } from "./filler";
import { FIRST_INODE, InodeFlag, MAX_LINKS, MAX_NAME_LENGTH, ROOT_INODE } from "./format";
import { Ext4Writer } from "./writer";

const MAX_FILE_SIZE: u64 = 128 << 30;
const LOST_FOUND = new Literal("lost+found");
const SYSTEM_DATA = new Literal("system.data");
const SLASH: u8 = 0x2f;
const BACKSLASH: u8 = 0x5c;

export class HcsshimLayer extends Ext4Layer {
  private tree: Tree;
  private filler: InodeFiller;
  private path: Path = new Path();
  private otherPath: Path = new Path();

  /** @param inline  whether files of at most 136 bytes live in their inodes */
  constructor(
    private writer: Ext4Writer,
    private whiteouts: Whiteouts,
    inline: bool,
    private convertSlash: bool,
    maxEntries: u32,
  ) {
    super();
    const tree = new Tree(ROOT_INODE, maxEntries);
    tree.root.mode = DIRECTORY | 0o755;
    tree.root.linkCount = 2;
    tree.root.flags = InodeFlag.HugeFile;
    this.tree = tree;
    this.filler = new InodeFiller(tree, writer, inline);
    // e2fsck asks for it.
    this.path.clean(LOST_FOUND.at, LOST_FOUND.length);
    this.filler.wanted.bare(DIRECTORY | 0o700);
    this.filler.xattrs.clear();
    this.create(this.path);
  }

  get takesCopies(): bool {
    return true;
  }

  get stream(): BlockStream {
    return this.writer.stream;
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
    this.filler.wanted.describedBy(entry);
    const xattrs = this.filler.xattrs;
    xattrs.clear();
    for (let i: u32 = 0; i < entry.attributeCount; i++) {
      const attribute = entry.attribute(i);
      xattrs.add(attribute.name, attribute.nameLength, attribute.value, attribute.valueLength);
    }
    return this.create(this.path).type == REGULAR;
  }

  data(from: usize, length: u32): void {
    this.filler.data(from, length);
  }

  zeros(length: u64): void {
    this.filler.zeros(length);
  }

  endData(): void {
    this.filler.endData();
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
      directory = name ? name.inode : this.makeParent(directory, path, from, to);
      from = to + 1;
    }
  }

  /** Makes the part of `path` between two offsets. By its parent, not from the root: a path may have half a million parts. */
  private makeParent(parent: Inode, path: Path, from: u32, to: u32): Inode {
    if (!parent.isDirectory) this.refuse(ErrorCode.NotFound, path, "its parent is not a directory");
    this.checkName(path, to - from);
    this.filler.wanted.like(parent);
    this.filler.xattrs.clear();
    return this.createNew(path, parent, path.at + from, to - from);
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
      this.filler.wanted.bare(CHARACTER_DEVICE);
      this.filler.xattrs.clear();
      this.create(path);
    }
    return true;
  }

  /** Creates what is at `path` once more, with the attribute by which overlayfs hides what is below. */
  private makeOpaque(path: Path): void {
    const inode = this.tree.resolve(path);
    if (!inode) return this.refuse(ErrorCode.NotFound, path, "an opaque marker for what is not there");
    const wanted = this.filler.wanted;
    wanted.like(inode);
    wanted.size = inode.size;
    if (inode.type == SYMBOLIC_LINK) {
      if (!inode.content) this.refuse(ErrorCode.FailedPrecondition, path, "an opaque marker for a symbolic link");
      wanted.target = inode.content;
      wanted.targetLength = <u32>inode.size;
    }
    const xattrs = this.filler.xattrs;
    this.filler.readXattrs(inode);
    xattrs.remove(SYSTEM_DATA);
    xattrs.remove(OVERLAY_OPAQUE);
    xattrs.add(OVERLAY_OPAQUE.at, OVERLAY_OPAQUE.length, YES.at, YES.length);
    const made = this.create(path);
    if (made.type != REGULAR) return;
    if (made.size > 0) this.refuse(ErrorCode.FailedPrecondition, path, "an opaque marker for a file with content");
  }

  /** Gives `path` what `wanted` and `xattrs` describe. @returns its inode */
  private create(path: Path): Inode {
    const wanted = this.filler.wanted;
    const isDirectory = wanted.type == DIRECTORY;
    if (wanted.type == REGULAR && wanted.size > MAX_FILE_SIZE) {
      this.refuse(ErrorCode.OutOfRange, path, `file of ${wanted.size} bytes is past the limit of ${MAX_FILE_SIZE}`);
    }
    const name = this.findName(path);
    const existing = this.inodeAt(path, name);
    if (existing && existing.isDirectory != isDirectory) {
      const what = isDirectory ? "a file with a directory" : "a directory with a file";
      this.refuse(ErrorCode.FailedPrecondition, path, `cannot replace ${what}`);
    }
    if (existing && (isDirectory || existing.linkCount < 2)) {
      if (existing.flags & InodeFlag.Extents) {
        this.refuse(ErrorCode.FailedPrecondition, path, "cannot replace a file whose data is written");
      }
      this.filler.fill(existing);
      return existing;
    }
    if (!name) return this.createNew(path, this.directoryOf(path), path.name, path.nameLength);
    // Other names keep what stood here, so this one gets an inode of its own.
    const inode = this.makeInode();
    inode.linkCount = 1;
    name.inode.linkCount--;
    name.inode = inode;
    return inode;
  }

  /** Gives what `wanted` and `xattrs` describe a name that `parent` does not have. @param path  for messages */
  private createNew(path: Path, parent: Inode, name: usize, length: u32): Inode {
    const isDirectory = this.filler.wanted.type == DIRECTORY;
    if (isDirectory && parent.linkCount >= MAX_LINKS) {
      this.refuse(ErrorCode.OutOfRange, path, `its directory has ${MAX_LINKS} links already`);
    }
    const inode = this.makeInode();
    const own = this.tree.insert(parent, name, length, inode);
    inode.linkCount = 1;
    if (isDirectory) {
      inode.linkCount = 2;
      inode.ownName = own;
      parent.linkCount++;
    }
    return inode;
  }

  private makeInode(): Inode {
    const inode = this.tree.makeInode(max(this.tree.lastInode.number + 1, FIRST_INODE));
    this.filler.fill(inode);
    this.tree.add(inode);
    return inode;
  }

  /** A hard link to a symbolic link is one more name of the link itself, as in containerd. */
  private link(entry: Entry): void {
    const path = this.path;
    const name = this.findName(path);
    const existing = this.inodeAt(path, name);
    if (existing && (existing.isDirectory || existing.linkCount < 2)) {
      this.refuse(ErrorCode.FailedPrecondition, path, "a hard link cannot replace the last name of a file, nor a directory");
    }
    const parent = this.directoryOf(path);
    const targetPath = this.otherPath;
    targetPath.clean(entry.link, entry.linkLength);
    const target = this.inodeAt(targetPath, this.findName(targetPath));
    if (!target) return this.refuse(ErrorCode.NotFound, targetPath, "no such file to link to");
    if (target.isDirectory) this.refuse(ErrorCode.FailedPrecondition, targetPath, "a directory cannot have a hard link");
    if (existing !== target && target.linkCount >= MAX_LINKS) {
      this.refuse(ErrorCode.OutOfRange, targetPath, `has ${MAX_LINKS} links already`);
    }
    target.linkCount++;
    if (!name) {
      this.tree.insert(parent, path.name, path.nameLength, target);
      return;
    }
    name.inode.linkCount--;
    name.inode = target;
  }

  /** The name at `path`; null when there is none, as for the root. @fails as `directoryOf` */
  private findName(path: Path): Name | null {
    if (path.length == 0) return null;
    return this.tree.find(this.directoryOf(path), path.name, path.nameLength);
  }

  /** What is at `path`, whose name is `name`. */
  private inodeAt(path: Path, name: Name | null): Inode | null {
    if (path.length == 0) return this.tree.root;
    return name ? name.inode : null;
  }

  /** @fails NotFound  what should hold `path` is not there, or no directory; OutOfRange  its name is too long */
  private directoryOf(path: Path): Inode {
    this.checkName(path, path.nameLength);
    const directory = this.tree.resolveParent(path);
    if (directory && directory.isDirectory) return directory;
    this.refuse(ErrorCode.NotFound, path, directory ? "its parent is not a directory" : "its parent is not there");
    return this.tree.root;
  }

  private checkName(path: Path, length: u32): void {
    if (length <= MAX_NAME_LENGTH) return;
    this.refuse(ErrorCode.OutOfRange, path, `name of ${length} bytes is past the limit of ${MAX_NAME_LENGTH}`);
  }

  private refuse(code: ErrorCode, path: Path, why: string): void {
    fail(code, `ext4: ${quote(path.at, path.length)}: ${why}`);
  }
}

function convertSlashes(from: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(from + i) == BACKSLASH) store<u8>(from + i, SLASH);
}
