/** A check of a CIM as the host sees it: its findings as records in memory. */
import { CimProblem, FindingField } from "./abi";
import { ByteBuffer } from "./bytes/memory";
import { CimChecker } from "./cim/checker";
import { Finding, Findings, isWarning } from "./cim/checking/findings";
import { describe } from "./cim/checking/sentences";
import { REGION_BYTE_MASK, REGION_INDEX_SHIFT } from "./cim/format";

const DONE: u32 = 1000;
const NUMBERS_SIZE: u32 = <u32>FindingField.Count * 8;

export class CimCheck {
  private record: ByteBuffer = new ByteBuffer();

  constructor(readonly checker: CimChecker) {}

  get findings(): Findings {
    return this.checker.findings;
  }

  /** @returns how much is done, of 1000; that: there is no more */
  step(): u32 {
    return this.checker.step() ? this.checker.progress : DONE;
  }

  /** @returns address of the record, which holds until the next is asked for */
  putFinding(index: u32): usize {
    const finding = this.findings.get(index);
    const sentence = String.UTF8.encode(describe(finding));
    const length = <u32>sentence.byteLength;
    const pathLength: u32 = finding.path != 0 ? finding.pathLength : 0;
    const record = this.record;
    record.clear();
    record.reserve(NUMBERS_SIZE + pathLength + length);
    record.length = NUMBERS_SIZE;
    this.putNumbers(finding, pathLength, length);
    record.append(finding.path, pathLength);
    record.append(changetype<usize>(sentence), length);
    return record.at;
  }

  private putNumbers(finding: Finding, pathLength: u32, length: u32): void {
    const byte = finding.offset & REGION_BYTE_MASK;
    const hasRegion = finding.offset != 0 || finding.problem == CimProblem.ObjectIds; // region 0 begins at 0
    this.put(FindingField.Problem, finding.problem);
    this.put(FindingField.IsWarning, isWarning(finding.problem) ? 1 : 0);
    this.put(FindingField.Group, hasRegion ? <f64>(finding.offset >> REGION_INDEX_SHIFT) : -1);
    this.put(FindingField.Inode, finding.file == 0 ? -1 : finding.file);
    this.put(FindingField.Block, hasRegion ? <f64>byte : -1);
    this.put(FindingField.PathLength, pathLength);
    this.put(FindingField.SentenceLength, length);
  }

  private put(field: FindingField, value: f64): void {
    store<f64>(this.record.at + field * 8, value);
  }
}
