/**
 * What an inode gets, as in hcsshim's compactext4: its fields, its attributes, its content.
 *
 * Source: microsoft/hcsshim, ext4/internal/compactext4, at 7c9ff7f48.
 */
import { Inode } from "../tree/inode";
import { REGULAR, SYMBOLIC_LINK } from "../tree/mode";
import { Tree } from "../tree/tree";
import { BLOCK_SIZE, CONTENT_SIZE, INODE_XATTR_SIZE, InodeFlag, XATTR_BLOCK_HEADER_SIZE } from "./format";
import { packBlock, unpackBlock } from "./packed-block";
import { Wanted } from "./wanted";
import { Ext4Writer } from "./writer";
import { XattrSet } from "./xattr-set";

/** Bytes of a target that stands in the inode. ext4 could take 60 of them, but for a NUL. */
const MAX_INODE_TARGET: u32 = 59;
/** Bytes of a small file: what the inode has beside the entry of `system.data`. */
const MAX_INLINE_SIZE: u64 = CONTENT_SIZE + INODE_XATTR_SIZE - 8 - 20;

const block = memory.data(4096, 16);

export class InodeFiller {
  /** What the next `fill` makes. */
  readonly wanted: Wanted = new Wanted();
  readonly xattrs: XattrSet = new XattrSet();
  private file: Inode;
  private written: u32 = 0;

  /** @param inline  whether files of at most 136 bytes live in their inodes */
  constructor(private tree: Tree, private writer: Ext4Writer, private inline: bool) {
    this.file = tree.root;
  }

  /** Begins `xattrs` with those that `inode` has. */
  readXattrs(inode: Inode): void {
    this.xattrs.clear();
    if (inode.xattrBlock) {
      unpackBlock(inode.xattrPacked, block);
      this.xattrs.addEncoded(block + XATTR_BLOCK_HEADER_SIZE, BLOCK_SIZE - XATTR_BLOCK_HEADER_SIZE, XATTR_BLOCK_HEADER_SIZE, true);
    }
    if (inode.xattrInode) this.xattrs.addEncoded(inode.xattrInode + 4, INODE_XATTR_SIZE - 4, 0, true);
  }

  /**
   * Makes of `inode` what is wanted. Attributes that stood in it, not in its block, stay unless they are given anew.
   * The content of a file then comes by `data` and `zeros`, and `endData`.
   *
   * @fails OutOfRange  the attributes do not fit, or the image would pass its limit
   */
  fill(inode: Inode): void {
    const wanted = this.wanted;
    const type = wanted.type;
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
}
