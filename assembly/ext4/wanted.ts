/** What an inode is to become, as an entry or another inode has it. */
import { Entry } from "../tree/entry";
import { Inode } from "../tree/inode";
import { TYPE_MASK } from "../tree/mode";
import { packTime, repackTime } from "./time";

/** Times are packed, see time.ts. */
export class Wanted {
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
    this.mode = (entry.mode & ~TYPE_MASK & 0xffff) | entry.fileType;
    this.uid = <u32>entry.uid;
    this.gid = <u32>entry.gid;
    this.deviceMajor = <u32>entry.deviceMajor;
    this.deviceMinor = <u32>entry.deviceMinor;
    this.atime = packTime(entry.atime);
    this.ctime = packTime(entry.ctime);
    this.mtime = packTime(entry.mtime);
    this.size = entry.size;
    this.target = entry.link;
    this.targetLength = entry.linkLength;
  }
}
