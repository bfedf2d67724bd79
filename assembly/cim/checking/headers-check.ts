/** Headers of the image and of its regions. What cannot be read at all was refused before. */
import { CimProblem } from "../../abi";
import { ImageHeader, RegionHeader, RegionSet, RegionType, REGION_INDEX_SHIFT } from "../format";
import { CheckState } from "./check-state";
import { HeaderDetail, LabelDetail } from "./details";

const UNKNOWN_BODY: u32 = 3;

export class HeadersCheck {
  constructor(private state: CheckState) {}

  run(): void {
    this.checkImage();
    const header = this.state.header;
    let region: u32 = 0;
    for (let set: u32 = 0; set < header.setCount; set++) {
      const count: u32 = header.set(set).count;
      if (set + 1 < header.setCount) this.checkSet(set);
      for (let index: u32 = 0; index < count; index++) this.checkRegion(region++, index);
    }
  }

  private checkImage(): void {
    const struct = this.state.header.struct;
    const findings = this.state.findings;
    if (struct.majorVersion >= UNKNOWN_BODY) findings.add(CimProblem.Version, 0, 0, 0, struct.majorVersion, 0);
    const size = <u32>offsetof<ImageHeader>();
    const whole = size + <u32>struct.parentCount * <u32>offsetof<RegionSet>();
    if (struct.headerLength != size && struct.headerLength != whole)
      findings.add(CimProblem.HeaderField, 0, 0, HeaderDetail.Length, struct.headerLength, size);
    if (struct.minorVersion != 0) findings.add(CimProblem.HeaderField, 0, 0, HeaderDetail.Minor, struct.minorVersion, 0);
    if (struct.reserved0 != 0 || struct.reserved1 != 0 || struct.reserved2 != 0)
      findings.add(CimProblem.HeaderField, 0, 0, HeaderDetail.Reserved, offsetof<ImageHeader>("reserved0"), 0);
    if (struct.reserved3 != 0 || struct.reserved4 != 0)
      findings.add(CimProblem.HeaderField, 0, 0, HeaderDetail.Reserved, offsetof<ImageHeader>("reserved3"), 0);
    if (struct.reserved5 != 0 || struct.reserved6 != 0)
      findings.add(CimProblem.HeaderField, 0, 0, HeaderDetail.Reserved, offsetof<ImageHeader>("reserved5"), 0);
  }

  /** Of a parent. */
  private checkSet(set: u32): void {
    const struct = this.state.header.set(set);
    if (struct.reserved0 == 0 && struct.reserved1 == 0) return;
    const at = <u32>offsetof<ImageHeader>() + set * <u32>offsetof<RegionSet>() + <u32>offsetof<RegionSet>("reserved0");
    this.state.findings.add(CimProblem.HeaderField, 0, 0, HeaderDetail.Reserved, at, 0);
  }

  /** @param index  in its set */
  private checkRegion(region: u32, index: u32): void {
    const regions = this.state.regions;
    const findings = this.state.findings;
    const at = <u64>region << REGION_INDEX_SHIFT;
    const size = <u32>offsetof<RegionHeader>();
    const length = regions.u32At(at + offsetof<RegionHeader>("headerLength"));
    if (length != size) findings.add(CimProblem.HeaderField, 0, at + 8, HeaderDetail.Length, length, size);
    const version = regions.u32At(at + offsetof<RegionHeader>("majorVersion"));
    const major = this.state.header.struct.majorVersion;
    if (version != major)
      findings.add(CimProblem.RegionVersion, 0, at + offsetof<RegionHeader>("majorVersion"), 0, version, major);
    // Whether it is counted in its set or among all is not public.
    const label = regions.u16At(at + offsetof<RegionHeader>("index"));
    if (label != index && label != region)
      findings.add(CimProblem.RegionLabel, 0, at + offsetof<RegionHeader>("index"), LabelDetail.Index, label, index);
    const type = regions.u16At(at + offsetof<RegionHeader>("regionType")) & 0xff;
    if (type > <u16>RegionType.SmallData)
      findings.add(CimProblem.RegionLabel, 0, at + offsetof<RegionHeader>("regionType"), LabelDetail.Type, type, 2);
    this.checkReserved(at);
    this.state.claims.claim(at, size, 0);
  }

  /** @param at  of a region */
  private checkReserved(at: u64): void {
    const regions = this.state.regions;
    const behindFileType = regions.u32At(at + offsetof<RegionHeader>("fileType")) >> 8;
    if (behindFileType != 0) this.refuseReserved(at, offsetof<RegionHeader>("reserved0"));
    if (regions.u64At(at + offsetof<RegionHeader>("reserved2")) != 0) this.refuseReserved(at, offsetof<RegionHeader>("reserved2"));
    const behindType = regions.u16At(at + offsetof<RegionHeader>("regionType")) >> 8;
    if (behindType != 0 || regions.u32At(at + offsetof<RegionHeader>("reserved4")) != 0)
      this.refuseReserved(at, offsetof<RegionHeader>("reserved3"));
  }

  private refuseReserved(at: u64, from: usize): void {
    this.state.findings.add(CimProblem.HeaderField, 0, at + from, HeaderDetail.Reserved, from, 0);
  }
}
