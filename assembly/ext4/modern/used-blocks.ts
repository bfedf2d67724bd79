/** Which blocks of the contents are still some file's: what a later entry replaced is free. */
import { setBits } from "../bitmap";
import { allocate } from "../../bytes/memory";
import { Inode } from "../../tree/inode";
import { countRuns, runAt } from "./runs";

export class UsedBlocks {
  private bitmap: usize = 0;
  private end: u32 = 0;

  /** @param end  the first block behind all contents; none before it counts as used until it is marked */
  begin(end: u32): void {
    this.bitmap = allocate(((end + 7) >> 3) + 8);
    this.end = end;
  }

  /** Whether blocks were marked at all: if not, all are in use. */
  get isKept(): bool {
    return this.bitmap != 0;
  }

  mark(inode: Inode): void {
    for (let i: u32 = 0, runs = countRuns(inode); i < runs; i++) {
      const run = runAt(inode, i);
      setBits(this.bitmap, run.start, run.start + run.count);
    }
  }

  isUsed(block: u32): bool {
    return block >= this.end || (load<u8>(this.bitmap + (block >> 3)) & (1 << (block & 7))) != 0;
  }
}
