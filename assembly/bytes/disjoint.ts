/** Whether runs of one length, in a file, keep clear of one another: a block that stands in two places' stead is a trap. */
import { allocate } from "./memory";

export class DisjointRuns {
  /** For each stretch of the file as long as a run, where the one that begins there begins, + 1; 0: none does. */
  private starts: usize;
  private count: u32;

  /** @param fileSize  of the file, in a unit of the caller's; @param length  of a run, in the same */
  constructor(fileSize: u32, private length: u32) {
    this.count = fileSize / length + 1;
    this.starts = allocate((<usize>this.count) * sizeof<u32>());
  }

  /** Takes the run at `start`, which lies in the file. @returns false if it meets another */
  claim(start: u32): bool {
    const index = start / this.length;
    const before = index > 0 ? this.at(index - 1) : 0;
    const after = index + 1 < this.count ? this.at(index + 1) : 0;
    if (this.at(index) != 0) return false;
    if (before != 0 && <u64>before - 1 + this.length > start) return false;
    if (after != 0 && <u64>start + this.length > after - 1) return false;
    store<u32>(this.starts + index * sizeof<u32>(), start + 1);
    return true;
  }

  private at(index: u32): u32 {
    return load<u32>(this.starts + index * sizeof<u32>());
  }
}
