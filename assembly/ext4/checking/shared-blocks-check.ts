/** After all claims: who had the blocks first that others claimed too. */
import { Problem } from "../../abi";
import { FileInode } from "../reading/inode";
import { BlockVisitor, BlockWalk } from "./block-walk";
import { Known } from "./census";
import { CheckState } from "./check-state";

export class SharedBlocksCheck extends BlockVisitor {
  private inode: FileInode;
  private walk: BlockWalk;
  private isReported: bool = false;

  constructor(private state: CheckState) {
    super();
    this.inode = new FileInode(state.volume);
    this.walk = new BlockWalk(state.volume, state.findings);
  }

  /** Reports them. */
  find(): void {
    if (this.state.claims.doubleCount == 0) return;
    const census = this.state.census;
    for (let number = census.next(1); number != 0; number = census.next(number + 1)) {
      if (census.get(number).known & Known.Sharing) continue; // reported
      this.state.readUnchecked(number, this.inode);
      this.isReported = false;
      if (this.inode.xattrBlock != 0 && this.state.volume.holds(this.inode.xattrBlock, 1))
        this.look(this.inode.xattrBlock, 1);
      if (this.inode.hasBlocks) this.walk.walk(this.inode, this, true);
    }
  }

  node(block: u64, logical: u64): bool {
    this.look(block, 1);
    return !this.state.claims.doubles.has(block);
  }

  run(logical: u64, start: u64, count: u32, isWritten: bool): void {
    this.look(start, count);
  }

  private look(start: u64, count: u32): void {
    if (this.isReported) return;
    const doubles = this.state.claims.doubles;
    const end = start + count;
    for (let block = start; block < end; ) {
      if (block % 64 == 0 && block + 64 <= end && doubles.word(block) == 0) {
        block += 64;
        continue;
      }
      if (doubles.has(block)) {
        this.isReported = true;
        return this.state.findings.ofInode(Problem.BlockShared, this.inode.number, 0, block, 0);
      }
      block++;
    }
  }
}
