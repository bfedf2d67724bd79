/** Times that no one can have meant. */
import { Problem } from "../../abi";
import { ATIME_EXTRA_AT, CTIME_EXTRA_AT, DiskInode, MTIME_EXTRA_AT } from "../format";
import { FileInode, OLD_SIZE } from "../reading/inode";
import { Findings } from "./findings";

/** Both bits that add 2^32 seconds. */
const EPOCH_BITS: u32 = 3;

export class InodeTimes {
  constructor(private findings: Findings) {}

  check(inode: FileInode): void {
    const disk = changetype<DiskInode>(inode.raw);
    this.checkTime(inode, disk.atime, ATIME_EXTRA_AT, inode.atime);
    this.checkTime(inode, disk.ctime, CTIME_EXTRA_AT, inode.ctime);
    this.checkTime(inode, disk.mtime, MTIME_EXTRA_AT, inode.mtime);
  }

  /** Early writers set both bits for times before 1970; what they wrote reads as one after the year 2310. */
  private checkTime(inode: FileInode, seconds: u32, extraAt: u32, time: i64): void {
    if (extraAt + 4 > OLD_SIZE + inode.extraSize || <i32>seconds >= 0) return;
    if ((load<u32>(inode.raw + extraAt) & EPOCH_BITS) == EPOCH_BITS)
      this.findings.ofInode(Problem.InodeTime, inode.number, 0, <u64>time, 0);
  }
}
