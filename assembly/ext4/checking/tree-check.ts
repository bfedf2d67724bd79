/** After all directories: whether everything can be reached from the root, and has as many links as names. */
import { Problem } from "../../abi";
import { ReadOnlyFeature } from "../features";
import { MAX_LINKS, ROOT_INODE } from "../format";
import { InodeRecord, Known } from "./census";
import { CheckState } from "./check-state";

export class TreeCheck {
  constructor(private state: CheckState) {}

  run(): void {
    const census = this.state.census;
    census.make(ROOT_INODE).known |= Known.Connected;
    for (let number = census.next(1); number != 0; number = census.next(number + 1)) {
      const record = census.get(number);
      if (record.known & Known.Directory) this.checkDirectory(number, record);
      if (!(record.known & (Known.Nameless | Known.Value))) this.checkLinks(number, record);
    }
  }

  private checkDirectory(number: u32, record: InodeRecord): void {
    const findings = this.state.findings;
    const parent = number == ROOT_INODE ? ROOT_INODE : record.parent;
    if (parent != 0 && record.dotDot != parent) findings.ofInode(Problem.ParentEntry, number, 0, record.dotDot, parent);
    if (!this.connect(number)) findings.ofInode(Problem.DirectoryCycle, number, 0, record.parent, 0);
  }

  /**
   * Marks the way up as connected, which is gone once. @returns whether it does not lead around in a circle
   *
   * A directory without a parent is the end of its way, and is reported for that.
   */
  private connect(number: u32): bool {
    const census = this.state.census;
    // Two steps at a time catch up with one at a time, if there is a circle.
    let slow = number;
    let fast = number;
    for (;;) {
      fast = this.above(this.above(fast));
      slow = this.above(slow);
      if (fast == 0) break;
      if (fast == slow) return this.breakCircle(slow);
    }
    for (let each = number; each != 0 && !(census.get(each).known & Known.Connected); each = census.get(each).parent) {
      census.get(each).known |= Known.Connected;
    }
    return true;
  }

  /** The parent, if the way up was not gone yet; else 0. */
  private above(number: u32): u32 {
    if (number == 0) return 0;
    const record = this.state.census.get(number);
    return record.known & Known.Connected ? 0 : record.parent;
  }

  /** So that each is reported once. */
  private breakCircle(from: u32): bool {
    const census = this.state.census;
    for (let each = from; !(census.get(each).known & Known.Connected); each = census.get(each).parent)
      census.get(each).known |= Known.Connected;
    return false;
  }

  private checkLinks(number: u32, record: InodeRecord): void {
    const findings = this.state.findings;
    const isDirectory = (record.known & Known.Directory) != 0;
    const isNamed = isDirectory ? number == ROOT_INODE || record.parent != 0 : record.counted != 0;
    if (!isNamed) findings.ofInode(Problem.Unreachable, number, 0, record.links, 0);
    const counted = record.counted;
    // Of more directories than can be counted, the kernel keeps no count.
    const isUncounted =
      isDirectory && record.links == 1 && (this.state.superblock.readOnly & ReadOnlyFeature.DirectoryLinks) != 0;
    if (isUncounted && counted > MAX_LINKS) return;
    if (isNamed && counted != record.links) findings.ofInode(Problem.LinkCount, number, 0, record.links, counted);
  }
}
