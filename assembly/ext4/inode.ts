/** The bytes of an inode. */
import { Inode } from "../tree/inode";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, REGULAR, SYMBOLIC_LINK } from "../tree/mode";
import { encodeRoot } from "./extent";
import {
  ATIME_EXTRA_AT, BIRTH_TIME_AT, BIRTH_TIME_EXTRA_AT, BLOCK_SIZE, CONTENT_SIZE, CTIME_EXTRA_AT, DiskInode, EXTRA_SIZE,
  EXTRA_SIZE_AT, GID_HI_AT, INODE_USED_SIZE, INODE_XATTR_SIZE, InodeFlag, MTIME_EXTRA_AT, SIZE_HI_AT, UID_HI_AT,
  XATTR_BLOCK_AT,
} from "./format";
import { fillData } from "./xattr";

/** Encodes an inode. @param at  INODE_SIZE bytes, zero */
export function encodeInode(at: usize, inode: Inode): void {
  const disk = changetype<DiskInode>(at);
  disk.mode = <u16>inode.mode;
  disk.uidLo = <u16>inode.uid;
  disk.gidLo = <u16>inode.gid;
  disk.sizeLo = <u32>inode.size;
  disk.atime = <u32>inode.atime;
  disk.ctime = <u32>inode.ctime;
  disk.mtime = <u32>inode.mtime;
  disk.linksCount = <u16>inode.linkCount;
  disk.blocksLo = inode.blockCount;
  disk.flags = inode.flags;
  store<u32>(at + XATTR_BLOCK_AT, inode.xattrBlock);
  store<u32>(at + SIZE_HI_AT, <u32>(inode.size >> 32));
  store<u16>(at + UID_HI_AT, <u16>(inode.uid >> 16));
  store<u16>(at + GID_HI_AT, <u16>(inode.gid >> 16));
  store<u16>(at + EXTRA_SIZE_AT, EXTRA_SIZE);
  store<u32>(at + CTIME_EXTRA_AT, <u32>(inode.ctime >> 32));
  store<u32>(at + MTIME_EXTRA_AT, <u32>(inode.mtime >> 32));
  store<u32>(at + ATIME_EXTRA_AT, <u32>(inode.atime >> 32));
  store<u32>(at + BIRTH_TIME_AT, <u32>inode.mtime);
  store<u32>(at + BIRTH_TIME_EXTRA_AT, <u32>(inode.mtime >> 32));
  if (inode.xattrInode) memory.copy(at + INODE_USED_SIZE, inode.xattrInode, INODE_XATTR_SIZE);
  encodeContent(at, disk, inode);
}

function encodeContent(at: usize, disk: DiskInode, inode: Inode): void {
  const content = at + offsetof<DiskInode>("content0");
  switch (inode.type) {
    case REGULAR:
    case SYMBOLIC_LINK:
    case DIRECTORY:
      if (inode.flags & InodeFlag.Extents) {
        encodeRoot(content, inode.firstBlock, <u32>((inode.size + BLOCK_SIZE - 1) / BLOCK_SIZE));
      } else if (inode.content) {
        const length = <u32>inode.size;
        memory.copy(content, inode.content, min(length, CONTENT_SIZE));
        if (length > CONTENT_SIZE) fillData(at + INODE_USED_SIZE, inode.content + CONTENT_SIZE, length - CONTENT_SIZE);
      }
      break;
    case CHARACTER_DEVICE:
    case BLOCK_DEVICE:
      // The newer of two forms. A major number past 12 bits runs into the minor's upper half.
      disk.content4 = (inode.deviceMinor & 0xff) | (inode.deviceMajor << 8) | ((inode.deviceMinor & 0xffff_ff00) << 12);
  }
}
