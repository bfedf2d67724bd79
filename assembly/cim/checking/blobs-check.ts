/**
 * Security descriptors, extended attributes, reparse data.
 *
 * Source of what is in them: Microsoft, [MS-DTYP], §2.4; [MS-FSCC], §2.1.2, §2.4.15.
 */
import { CimProblem } from "../../abi";
import { allocate } from "../../bytes/memory";
import { EaChain } from "../../tree/windows/ea-chain";
import { OBJECT_ALIGNMENT } from "../format";
import { isLinkTag, isReparse, LinkTarget } from "../reading/reparse";
import { CheckState } from "./check-state";
import { Claimed } from "./claims";
import { AlignmentDetail, BlobDetail } from "./details";
import { isSecurityDescriptor } from "./security-descriptor";

const MAX_BLOB: u32 = 0xffff;

export class BlobsCheck {
  private blob: usize = allocate(MAX_BLOB);
  private eas: EaChain = new EaChain();
  private target: LinkTarget = new LinkTarget();

  constructor(private state: CheckState) {}

  /** Of the file whose record was read. */
  check(id: u32): void {
    const record = this.state.record;
    if (record.sdOffset == 0) this.state.findings.add(CimProblem.DescriptorMissing, id, 0, 0, 0, 0);
    else this.checkDescriptor(id, record.sdOffset);
    if (record.eaLength > 0) this.checkEas(id, record.eaOffset, record.eaLength);
    this.checkReparse(id, record.reparseOffset, record.reparseTag);
  }

  private checkDescriptor(id: u32, offset: u64): void {
    const length = this.read(CimProblem.Descriptor, AlignmentDetail.Descriptor, id, offset);
    if (length >= 0 && !isSecurityDescriptor(this.blob, length)) {
      this.state.findings.add(CimProblem.Descriptor, id, offset, BlobDetail.Content, length, 0);
    }
  }

  private checkEas(id: u32, offset: u64, length: u32): void {
    const state = this.state;
    if (!state.regions.holds(offset, length)) {
      state.findings.add(CimProblem.ExtendedAttributes, id, offset, BlobDetail.Place, length, state.regions.room(offset));
      return;
    }
    if (state.claims.claim(offset, length, id) != Claimed.Anew) return;
    if (offset % OBJECT_ALIGNMENT != 0)
      state.findings.add(CimProblem.Alignment, id, offset, AlignmentDetail.ExtendedAttributes, 0, 0);
    state.regions.copy(offset, this.blob, length);
    const eas = this.eas;
    eas.start(this.blob, length);
    while (eas.next()) {}
    if (eas.isBroken) state.findings.add(CimProblem.ExtendedAttributes, id, offset, BlobDetail.Content, length, 0);
  }

  /** A tag without data is as wrong as data with another tag. */
  private checkReparse(id: u32, offset: u64, tag: u32): void {
    const findings = this.state.findings;
    if (offset == 0) {
      if (tag != 0) findings.add(CimProblem.Reparse, id, 0, BlobDetail.Tag, tag, 0);
      return;
    }
    const regions = this.state.regions;
    const stored = regions.holds(offset, 6) ? regions.u32At(offset + 2) : 0;
    if (stored != tag) findings.add(CimProblem.Reparse, id, offset, BlobDetail.Tag, tag, stored);
    const length = this.read(CimProblem.Reparse, AlignmentDetail.Reparse, id, offset);
    if (length < 0) return;
    const isLink = length >= sizeof<u32>() && isLinkTag(load<u32>(this.blob));
    const isSound = isReparse(this.blob, length) && (!isLink || this.target.find(this.blob, length));
    if (!isSound) findings.add(CimProblem.Reparse, id, offset, BlobDetail.Content, length, 0);
  }

  /** Reads what has its length before it. @returns its bytes; -1: it was looked at before, or cannot be */
  private read(problem: CimProblem, what: AlignmentDetail, id: u32, offset: u64): i32 {
    const state = this.state;
    const regions = state.regions;
    const length: u32 = regions.holds(offset, 2) ? regions.u16At(offset) : 0;
    if (!regions.holds(offset, 2 + length)) {
      state.findings.add(problem, id, offset, BlobDetail.Place, 2 + length, regions.room(offset));
      return -1;
    }
    if (state.claims.claim(offset, 2 + length, id) != Claimed.Anew) return -1;
    if (offset % OBJECT_ALIGNMENT != 0) state.findings.add(CimProblem.Alignment, id, offset, what, 0, 0);
    regions.copy(offset + 2, this.blob, length);
    return length;
  }
}
