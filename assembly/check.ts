/** A check as the host sees it: its findings as records in memory. */
import { FindingField } from "./abi";
import { ByteBuffer } from "./bytes/memory";
import { Ext4Checker } from "./ext4/checker";
import { Finding, Findings, isWarning, NO_BLOCK, NO_GROUP } from "./ext4/checking/findings";
import { describe } from "./ext4/checking/sentences";

const DONE: u32 = 1000;
const NUMBERS_SIZE: u32 = <u32>FindingField.Count * 8;

export class Check {
  private record: ByteBuffer = new ByteBuffer();

  constructor(private checker: Ext4Checker) {}

  get findings(): Findings {
    return this.checker.findings;
  }

  /** @returns how much is done, of 1000; that: there is no more */
  step(): u32 {
    return this.checker.step() ? min(this.checker.progress, DONE - 1) : DONE;
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
    this.put(FindingField.Problem, finding.problem);
    this.put(FindingField.IsWarning, isWarning(finding.problem) ? 1 : 0);
    this.put(FindingField.Group, finding.group == NO_GROUP ? -1 : finding.group);
    this.put(FindingField.Inode, finding.inode == 0 ? -1 : finding.inode);
    this.put(FindingField.Block, finding.block == NO_BLOCK ? -1 : <f64>finding.block);
    this.put(FindingField.PathLength, pathLength);
    this.put(FindingField.SentenceLength, length);
  }

  private put(field: FindingField, value: f64): void {
    store<f64>(this.record.at + field * 8, value);
  }
}
