/** Claims the blocks of one inode, and counts them. */
import { BlockClaims } from "./block-claims";
import { BlockVisitor } from "./block-walk";

export class InodeBlocks extends BlockVisitor {
  private inode: u32 = 0;
  /** All that the inode takes: those of its map too. */
  count: u64 = 0;
  /** Those of the file alone. */
  content: u64 = 0;
  /** Behind the last block, of those that are written and of all. 0: there is none. */
  writtenEnd: u64 = 0;
  end: u64 = 0;
  /** Where the file begins, if its first block is there; else 0. */
  first: u64 = 0;

  /** Whether some of them are others' too. */
  isSharing: bool = false;

  constructor(private claims: BlockClaims) {
    super();
  }

  start(inode: u32): void {
    this.inode = inode;
    this.count = 0;
    this.content = 0;
    this.writtenEnd = 0;
    this.end = 0;
    this.first = 0;
    this.isSharing = false;
  }

  /** A node that another has already is not looked into: so there is an end, whatever leads where. */
  node(block: u64, logical: u64): bool {
    this.count++;
    const isFree = this.claims.claim(this.inode, block, 1);
    if (!isFree) this.isSharing = true;
    return isFree;
  }

  run(logical: u64, start: u64, count: u32, isWritten: bool): void {
    if (!this.claims.claim(this.inode, start, count)) this.isSharing = true;
    this.count += count;
    this.content += count;
    this.end = max(this.end, logical + count);
    if (isWritten) this.writtenEnd = max(this.writtenEnd, logical + count);
    if (logical == 0) this.first = start;
  }
}
