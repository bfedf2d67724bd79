/** What the superblock of a hash tree says, field by field. */
import { Account } from "../bytes/account";
import { VeritySuperblock } from "./superblock";

export function accountOfVeritySuperblock(account: Account, verity: VeritySuperblock): void {
  const superblock = verity.struct;
  account.number("hash type", superblock.hashType);
  account.uuid("UUID", verity.uuid);
  account.text("algorithm", verity.algorithm, verity.algorithmLength);
  account.number("data block size", superblock.dataBlockSize);
  account.number("hash block size", superblock.hashBlockSize);
  account.number("data blocks", superblock.dataBlocks);
  account.raw("salt", verity.salt, verity.saltLength);
}
