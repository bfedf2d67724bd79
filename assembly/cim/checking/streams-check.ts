/** Content of files and alternate streams: where their bytes stand. */
import { CimProblem } from "../../abi";
import {
  OBJECT_ALIGNMENT, PAGE_SIZE, PeImage, PeMapping, REGION_BYTE_MASK, REGION_INDEX_SHIFT, RegionHeader, RegionType, Stream,
  STREAM_SPARSE, STREAM_TYPE_SHIFT, StreamType,
} from "../format";
import { isKnown, lengthOf, typeOf } from "../reading/content";
import { isBehindLength } from "../reading/link-table";
import { CheckState } from "./check-state";
import { Claimed } from "./claims";
import { AlignmentDetail, LinkDetail, PeDetail, PlaceDetail, StreamDetail } from "./details";
import { LinksCheck, STREAM_SIZE } from "./links-check";

const PE_LENGTH_MASK: u64 = 0x7fff_ffff_ffff_ffff;

export class StreamsCheck {
  private links: LinksCheck;

  constructor(private state: CheckState) {
    this.links = new LinksCheck(state, STREAM_SIZE);
  }

  checkContent(id: u32, offset: u64, lengthAndType: u64): void {
    const findings = this.state.findings;
    if (!isKnown(lengthAndType)) {
      findings.add(CimProblem.StreamType, id, 0, StreamDetail.Content, lengthAndType >> STREAM_TYPE_SHIFT, 0);
    } else if (typeOf(lengthAndType) == StreamType.PeImage && !(lengthAndType & STREAM_SPARSE)) {
      if (lengthOf(lengthAndType) > 0) this.checkPeImage(id, offset, lengthOf(lengthAndType));
    } else this.checkData(id, offset, lengthAndType);
  }

  checkTable(id: u32, offset: u64): void {
    const state = this.state;
    if (isBehindLength(state.regions, offset)) {
      state.findings.add(CimProblem.StreamTable, id, offset, LinkDetail.BehindLength, 0, 0);
      return;
    }
    const links = this.links;
    if (!links.open(id, offset, state.regions.room(offset))) return;
    if (state.claims.claim(offset, links.length, id) != Claimed.Anew) return;
    for (; links.index < links.count; links.next()) {
      links.checkName();
      const value = links.value;
      const lengthAndType = state.regions.u64At(value + offsetof<Stream>("lengthAndType"));
      if (!isKnown(lengthAndType) || typeOf(lengthAndType) != StreamType.Data) {
        const type = lengthAndType >> STREAM_TYPE_SHIFT;
        state.findings.add(CimProblem.StreamType, id, value, StreamDetail.Alternate, type, 0);
      } else this.checkData(id, state.regions.u64At(value), lengthAndType);
    }
  }

  private checkData(id: u32, offset: u64, lengthAndType: u64): void {
    const state = this.state;
    const length = lengthOf(lengthAndType);
    if (lengthAndType & STREAM_SPARSE) {
      if (offset != 0) state.findings.add(CimProblem.SparsePlace, id, offset, 0, length, 0);
      return;
    }
    if (length == 0) {
      if (offset == 0) state.findings.add(CimProblem.EmptyStream, id, 0, 0, 0, 0);
      else if (!this.isInRegion(offset)) state.findings.add(CimProblem.StreamRange, id, offset, 0, 0, 0);
      return;
    }
    if (!state.regions.holds(offset, length)) {
      state.findings.add(CimProblem.StreamRange, id, offset, 0, length, state.regions.room(offset));
      return;
    }
    if (state.claims.claim(offset, length, id) == Claimed.Anew) this.checkPlace(id, offset);
  }

  /** Whether a place is in a region, behind its header, or at its end. */
  private isInRegion(offset: u64): bool {
    const size = this.state.regions.sizeOf(<u32>(offset >> REGION_INDEX_SHIFT));
    const at = offset & REGION_BYTE_MASK;
    return at >= offsetof<RegionHeader>() && at <= size;
  }

  /** Whether data begins where data in that region may. */
  private checkPlace(id: u32, offset: u64): void {
    const findings = this.state.findings;
    const header = (offset & ~REGION_BYTE_MASK) + offsetof<RegionHeader>("regionType");
    const type = this.state.regions.u16At(header) & 0xff;
    if (type == <u16>RegionType.Metadata) findings.add(CimProblem.StreamPlace, id, offset, PlaceDetail.Metadata, 0, 0);
    else if (offset % OBJECT_ALIGNMENT != 0) findings.add(CimProblem.StreamPlace, id, offset, PlaceDetail.Eight, 0, 0);
    else if (type == <u16>RegionType.Data && offset % PAGE_SIZE != 0)
      findings.add(CimProblem.StreamPlace, id, offset, PlaceDetail.Page, 0, 0);
  }

  private checkPeImage(id: u32, offset: u64, size: u64): void {
    const state = this.state;
    const regions = state.regions;
    const isThere = regions.holds(offset, offsetof<PeImage>());
    const count: u64 = isThere ? regions.u16At(offset + offsetof<PeImage>("mappingCount")) : 0;
    const length = offsetof<PeImage>() + count * offsetof<PeMapping>();
    if (!regions.holds(offset, length)) {
      this.refusePe(id, offset, PeDetail.Place, length, regions.room(offset));
      return;
    }
    const dataLength = regions.u64At(offset + offsetof<PeImage>("dataLength")) & PE_LENGTH_MASK;
    if (dataLength != size) this.refusePe(id, offset, PeDetail.Length, dataLength, size);
    if (state.claims.claim(offset, length, id) != Claimed.Anew) return;
    if (offset % OBJECT_ALIGNMENT != 0) state.findings.add(CimProblem.Alignment, id, offset, AlignmentDetail.PeImage, 0, 0);
    this.checkMappings(id, offset, <u32>count, dataLength);
  }

  /** Every part must be there; parts come in the order of the file. */
  private checkMappings(id: u32, offset: u64, count: u32, size: u64): void {
    const regions = this.state.regions;
    const base = regions.u64At(offset);
    const mappings = offset + offsetof<PeImage>();
    let from: u64 = 0;
    let delta: u64 = 0;
    let most: u64 = regions.u32At(offset + offsetof<PeImage>("imageLength"));
    for (let i: u32 = 0; i <= count; i++) {
      const mapping = mappings + <u64>i * offsetof<PeMapping>();
      const end: u64 = i < count ? <u64>regions.u32At(mapping) : size;
      if (i > 0 && i < count && end <= from) {
        this.refusePe(id, mapping, PeDetail.Order, end, from);
        return;
      }
      // What a part before the last has behind the end of the file is not read.
      if (min(end, size) > from) most = max(most, min(end, size) + delta);
      from = end;
      if (i < count) delta = regions.u32At(mapping + 4);
    }
    if (base == 0 || !regions.holds(base, most)) {
      this.refusePe(id, offset, PeDetail.Range, most, regions.room(base));
      return;
    }
    if (most > 0) this.state.claims.claim(base, most, id);
    this.checkPlace(id, base);
  }

  private refusePe(id: u32, offset: u64, detail: PeDetail, found: u64, expected: u64): void {
    this.state.findings.add(CimProblem.PeImage, id, offset, detail, found, expected);
  }
}
