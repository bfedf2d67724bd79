/** What the structures of an image say, field by field: for who holds two images against each other. */
import { ErrorCode, Structure } from "./abi";
import { Account } from "./bytes/account";
import { accountOfGroupDescriptor } from "./ext4/accounts/group-descriptor";
import { accountOfInode } from "./ext4/accounts/inode";
import { accountOfSuperblock } from "./ext4/accounts/superblock";
import { FileInode } from "./ext4/reading/inode";
import { fail } from "./host";
import { Image } from "./image";
import { accountOfVeritySuperblock } from "./verity/account";
import { accountOfFooter, FOOTER_SIZE } from "./vhd/account";

const footer = memory.data(512, 8);

export class Accounts {
  readonly account: Account = new Account();
  private inode: FileInode;

  constructor(private image: Image) {
    this.inode = image.reader.newInode();
  }

  /**
   * Fills `account`.
   *
   * @param number  of the inode; the group of a descriptor or of a copy of the superblock; of all else, 0
   * @fails Corrupt  the structure is not there, or so damaged that it cannot be told
   */
  tell(what: Structure, number: u32): void {
    const account = this.account;
    account.bytes.clear();
    const reader = this.image.reader;
    switch (what) {
      case Structure.Superblock:
        return accountOfSuperblock(account, this.superblock(number));
      case Structure.GroupDescriptor:
        return accountOfGroupDescriptor(account, reader.groups, number);
      case Structure.Inode:
        reader.inodes.read(number, this.inode);
        return accountOfInode(account, this.inode, reader.volume.superblock.inodeSize);
      case Structure.VeritySuperblock: {
        const verity = this.image.verity;
        if (verity) accountOfVeritySuperblock(account, verity);
        return;
      }
      case Structure.VhdFooter:
        this.image.file.read(this.image.file.size - FOOTER_SIZE, footer, FOOTER_SIZE);
        return accountOfFooter(account, footer);
    }
    fail(ErrorCode.InvalidArgument, `reader: no structure ${what}`);
  }

  /** Address of the superblock that a group begins with. */
  private superblock(group: u32): usize {
    const volume = this.image.reader.volume;
    const superblock = volume.superblock;
    if (group == 0) return superblock.raw;
    return volume.block(superblock.firstBlock + <u64>group * superblock.blocksPerGroup);
  }
}
