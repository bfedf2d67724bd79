/** What a group descriptor says, field by field. Source: Linux, "ext4 Data Structures and Algorithms", Block Group Descriptors. */
import { Account } from "../../bytes/account";
import { Group, Groups } from "../reading/groups";

/** @fails Corrupt  there is no such group, or it refers to blocks that are not there */
export function accountOfGroupDescriptor(account: Account, groups: Groups, number: u32): void {
  const group: Group = groups.getUnchecked(number);
  account.number("block bitmap", group.blockBitmap);
  account.number("inode bitmap", group.inodeBitmap);
  account.number("inode table", group.inodeTable);
  account.number("free blocks", group.freeBlocks);
  account.number("free inodes", group.freeInodes);
  account.number("directories", group.usedDirectories);
  account.hex("flags", group.flags, 1);
  account.number("unused inodes", group.unusedInodes);
  account.hex("block bitmap's checksum", group.blockBitmapChecksum, 8);
  account.hex("inode bitmap's checksum", group.inodeBitmapChecksum, 8);
  account.hex("checksum", groups.storedChecksum(number), 4);
}
