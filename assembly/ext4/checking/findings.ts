/** What a check found, as numbers: a filesystem may be wrong in a million places. Sentences are made when asked for. */
import { Problem } from "../../abi";
import { allocate, Arena } from "../../bytes/memory";

/** Findings that are kept. More of them are counted. */
export const MAX_FINDINGS: u32 = 1000;

export const NO_GROUP: u32 = u32.MAX_VALUE;
export const NO_BLOCK: u64 = u64.MAX_VALUE;

/** One thing that is wrong, and where. */
@unmanaged
export class Finding {
  problem: Problem; // 0x00
  group: u32;       // 0x04  NO_GROUP: it is of none
  inode: u32;       // 0x08  0: it is of none
  /** What exactly, where the problem alone does not say: of `Detail`. */
  detail: u32;      // 0x0c
  block: u64;       // 0x10  NO_BLOCK: it is of none
  found: u64;       // 0x18
  expected: u64;    // 0x20
  name: usize;      // 0x28  of a directory's entry, or of an attribute; 0: it has none
  nameLength: u32;  // 0x2c
  path: usize;      // 0x30  of the inode, from the root; 0: not known
  pathLength: u32;  // 0x34
  /** Where in the block, bytes. */
  offset: u32;      // 0x38
}

export class Findings {
  /** How many things are wrong, those that are not kept among them. */
  count: u32 = 0;
  /** Of them, those that do no harm. */
  warnings: u32 = 0;
  private list: usize = allocate(MAX_FINDINGS * offsetof<Finding>());
  private names: Arena = new Arena(64 * 1024);
  /** Takes what is not kept. */
  private spare: Finding = changetype<Finding>(allocate(offsetof<Finding>()));

  /** Findings that are kept. */
  get kept(): u32 {
    return min(this.count, MAX_FINDINGS);
  }

  get(index: u32): Finding {
    return changetype<Finding>(this.list + index * offsetof<Finding>());
  }

  ofFilesystem(problem: Problem, detail: u32, found: u64, expected: u64): void {
    this.add(problem, detail, found, expected);
  }

  ofGroup(problem: Problem, group: u32, detail: u32, found: u64, expected: u64): Finding {
    const finding = this.add(problem, detail, found, expected);
    finding.group = group;
    return finding;
  }

  ofInode(problem: Problem, inode: u32, detail: u32, found: u64, expected: u64): void {
    this.add(problem, detail, found, expected).inode = inode;
  }

  ofBlock(problem: Problem, inode: u32, block: u64, detail: u32, found: u64, expected: u64): Finding {
    const finding = this.add(problem, detail, found, expected);
    finding.inode = inode;
    finding.block = block;
    return finding;
  }

  /** Of something in a block that has a name: a copy of it is kept. */
  ofName(
    problem: Problem,
    inode: u32,
    block: u64,
    detail: u32,
    found: u64,
    expected: u64,
    name: usize,
    length: u32,
  ): void {
    const finding = this.ofBlock(problem, inode, block, detail, found, expected);
    if (finding == this.spare) return;
    finding.name = this.names.take(length);
    finding.nameLength = length;
    memory.copy(finding.name, name, length);
  }

  private add(problem: Problem, detail: u32, found: u64, expected: u64): Finding {
    if (isWarning(problem)) this.warnings++;
    const finding = this.count < MAX_FINDINGS ? this.get(this.count) : this.spare;
    if (this.count < u32.MAX_VALUE) this.count++;
    finding.problem = problem;
    finding.detail = detail;
    finding.group = NO_GROUP;
    finding.inode = 0;
    finding.block = NO_BLOCK;
    finding.found = found;
    finding.expected = expected;
    finding.name = 0;
    finding.path = 0;
    return finding;
  }
}

/** Whether the kernel reads and writes such a filesystem as if nothing were wrong. */
export function isWarning(problem: Problem): bool {
  switch (problem) {
    case Problem.SuperblockTime:
    case Problem.UncleanState:
    case Problem.RecordedError:
    case Problem.OrphansLeft:
    case Problem.JournalDirty:
    case Problem.BackupSuperblock:
    case Problem.InodeTime:
    case Problem.InlineRoom:
    case Problem.XattrOrder:
    case Problem.InodeBitmapPadding:
      return true;
    default:
      return false;
  }
}
