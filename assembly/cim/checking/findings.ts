/** What a check found, as numbers: an image may be wrong in a million places. Sentences are made when asked for. */
import { CimProblem } from "../../abi";
import { allocate, Arena, ByteBuffer } from "../../bytes/memory";
import { appendUtf8 } from "../../bytes/utf16";

/** Findings that are kept. More of them are counted. */
export const MAX_FINDINGS: u32 = 1000;

/** One thing that is wrong, and where. */
@unmanaged
export class Finding {
  problem: CimProblem; // 0x00
  /** File ID; 0: it is of none. */
  file: u32;           // 0x04
  /** Region offset; 0: of none. */
  offset: u64;         // 0x08
  /** What exactly, where the problem alone does not say: of `Detail`. */
  detail: u32;         // 0x10
  nameLength: u32;     // 0x14
  found: u64;          // 0x18
  expected: u64;       // 0x20
  name: usize;         // 0x28  of an entry in a directory, or of a stream, in WTF-8; 0: it has none
  path: usize;         // 0x2c  of the file, from the root; 0: not known
  pathLength: u32;     // 0x30
}

export class Findings {
  /** How many things are wrong, those that are not kept among them. */
  count: u32 = 0;
  /** Of them, those that do no harm. */
  warnings: u32 = 0;
  private list: usize = allocate(MAX_FINDINGS * offsetof<Finding>());
  private names: Arena = new Arena(64 * 1024);
  private text: ByteBuffer = new ByteBuffer();
  /** Takes what is not kept. */
  private spare: Finding = changetype<Finding>(allocate(offsetof<Finding>()));

  /** Findings that are kept. */
  get kept(): u32 {
    return min(this.count, MAX_FINDINGS);
  }

  get(index: u32): Finding {
    return changetype<Finding>(this.list + index * offsetof<Finding>());
  }

  /** @param offset  region offset; 0: it is of none */
  add(problem: CimProblem, file: u32, offset: u64, detail: u32, found: u64, expected: u64): Finding {
    if (isWarning(problem)) this.warnings++;
    const finding = this.count < MAX_FINDINGS ? this.get(this.count) : this.spare;
    if (this.count < u32.MAX_VALUE) this.count++;
    finding.problem = problem;
    finding.file = file;
    finding.offset = offset;
    finding.detail = detail;
    finding.found = found;
    finding.expected = expected;
    finding.name = 0;
    finding.nameLength = 0;
    finding.path = 0;
    return finding;
  }

  /** The same, of something that has a name in units of UTF-16: a copy of it is kept. */
  addName(problem: CimProblem, file: u32, offset: u64, detail: u32, found: u64, name: usize, units: u32): void {
    const finding = this.add(problem, file, offset, detail, found, 0);
    if (finding == this.spare) return;
    this.text.clear();
    appendUtf8(name, units, this.text);
    finding.nameLength = this.text.length;
    finding.name = this.names.take(max<u32>(this.text.length, 1));
    memory.copy(finding.name, this.text.at, this.text.length);
  }
}

/** Whether what is read is right all the same. */
export function isWarning(problem: CimProblem): bool {
  switch (problem) {
    case CimProblem.Version:
    case CimProblem.HeaderField:
    case CimProblem.RegionVersion:
    case CimProblem.RegionLabel:
    case CimProblem.UpcaseTwice:
    case CimProblem.FileTableEntrySize:
    case CimProblem.FileTableField:
    case CimProblem.FileFlags:
    case CimProblem.ParentFile:
    case CimProblem.BaseRegion:
    case CimProblem.LinkTableSize:
    case CimProblem.NameOrderOfCodePoints:
    case CimProblem.StreamPlace:
    case CimProblem.EmptyStream:
    case CimProblem.SparsePlace:
    case CimProblem.DescriptorMissing:
    case CimProblem.Alignment:
      return true;
    default:
      return false;
  }
}
