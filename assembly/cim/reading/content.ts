/**
 * Bytes of one stream: as they stand, zeros, or those of a program that is stored as it is laid out in memory.
 *
 * Source: hcsshim, internal/cimfs/format/format.go and cim_reader_windows.go.
 */
import { ErrorCode } from "../../abi";
import { fail } from "../../host";
import {
  PeImage, PeMapping, REGION_BYTE_MASK, STREAM_LENGTH_MASK, STREAM_SPARSE, STREAM_TYPE_SHIFT, StreamType,
} from "../format";
import { describeOffset, Regions } from "./regions";

const PE_LENGTH_MASK: u64 = 0x7fff_ffff_ffff_ffff;
const KNOWN_BITS: u64 = STREAM_LENGTH_MASK | (<u64>0xff << STREAM_TYPE_SHIFT) | STREAM_SPARSE;

export function lengthOf(lengthAndType: u64): u64 {
  return lengthAndType & STREAM_LENGTH_MASK;
}

export function typeOf(lengthAndType: u64): u32 {
  return <u32>(lengthAndType >> STREAM_TYPE_SHIFT) & 0xff;
}

/** Whether it says nothing that is not known. */
export function isKnown(lengthAndType: u64): bool {
  return (lengthAndType & ~KNOWN_BITS) == 0 && typeOf(lengthAndType) <= <u32>StreamType.PeImage;
}

export class Content {
  /** Bytes of the stream. */
  size: u64 = 0;
  private owner: u32 = 0;
  private offset: u64 = 0;
  private isSparse: bool = false;
  private mappings: u64 = 0;
  private mappingCount: u32 = 0;

  constructor(private regions: Regions) {}

  /**
   * @param owner  file ID, for messages
   * @fails Corrupt, Unsupported
   */
  open(owner: u32, dataOffset: u64, lengthAndType: u64): void {
    this.owner = owner;
    this.size = 0;
    this.mappings = 0;
    this.mappingCount = 0;
    if (!isKnown(lengthAndType)) this.refuseType(lengthAndType);
    const type = typeOf(lengthAndType);
    const size = lengthOf(lengthAndType);
    if (type == StreamType.LinkTable) this.refuse("of a file is a table of names");
    this.offset = dataOffset;
    this.isSparse = (lengthAndType & STREAM_SPARSE) != 0;
    if (size > 0 && !this.isSparse) {
      if (type == StreamType.PeImage) this.openPeImage(dataOffset, size);
      else if (!this.regions.holds(dataOffset, size)) {
        this.refuse(`${size} bytes at ${describeOffset(dataOffset)}, where there are not as many`);
      }
    }
    this.size = size;
  }

  /** @returns bytes put at `to`: `length`, or fewer where it ends */
  read(at: u64, to: usize, length: u32): u32 {
    if (at >= this.size) return 0;
    const there = <u32>min<u64>(length, this.size - at);
    if (this.isSparse) memory.fill(to, 0, there);
    else if (this.mappings != 0) this.readMapped(at, to, there);
    else this.regions.read(this.offset + at, to, there);
    return there;
  }

  /** Whether it is the same bytes for sure, without a look at them. */
  isSharedWith(other: Content): bool {
    if (this.size != other.size) return false;
    if (this.isSparse || other.isSparse) return this.isSparse && other.isSparse;
    if (this.mappings != 0 || other.mappings != 0) return false;
    return this.regions.meets(this.offset, other.regions, other.offset);
  }

  private openPeImage(offset: u64, size: u64): void {
    const regions = this.regions;
    if (!regions.holds(offset, offsetof<PeImage>()))
      this.refuse(`program at ${describeOffset(offset)}, where there is no room`);
    const length = regions.u64At(offset + offsetof<PeImage>("dataLength")) & PE_LENGTH_MASK;
    if (length != size) this.refuse(`a program of ${length} bytes in a stream of ${size}`);
    const count = regions.u16At(offset + offsetof<PeImage>("mappingCount"));
    const mappings = offset + offsetof<PeImage>();
    if (count > 0 && !regions.holds(mappings, <u64>count * offsetof<PeMapping>())) {
      this.refuse(`${count} parts of a program at ${describeOffset(mappings)}, where there is no room for them`);
    }
    for (let i: u32 = 1; i < count; i++) {
      if (this.partStart(mappings, i) <= this.partStart(mappings, i - 1))
        this.refuse(`parts of a program out of order at ${i}`);
    }
    this.offset = regions.u64At(offset);
    this.mappings = mappings;
    this.mappingCount = count;
  }

  private readMapped(at: u64, to: usize, length: u32): void {
    const regions = this.regions;
    const base = this.offset;
    while (length > 0) {
      const next = this.partBehind(at);
      const delta = next > 0 ? regions.u32At(this.mappings + <u64>(next - 1) * offsetof<PeMapping>() + 4) : 0;
      const end = next < this.mappingCount ? this.partStart(this.mappings, next) : u64.MAX_VALUE;
      const part = <u32>min<u64>(length, end - at);
      const place = (base & REGION_BYTE_MASK) + at + delta; // 2^48 + 2^48 + 2^32 at most
      if (base == 0 || place > REGION_BYTE_MASK || !regions.holds((base & ~REGION_BYTE_MASK) | place, part)) {
        this.refuse(`${part} bytes of a program, at ${place} of region ${base >> 48}, are not there`);
      }
      regions.read((base & ~REGION_BYTE_MASK) | place, to, part);
      at += part;
      to += part;
      length -= part;
    }
  }

  /** The first part that begins behind byte `at`. */
  private partBehind(at: u64): u32 {
    let first: u32 = 0;
    let end = this.mappingCount;
    while (first < end) {
      const middle = first + (end - first) / 2;
      if (this.partStart(this.mappings, middle) <= at) first = middle + 1;
      else end = middle;
    }
    return first;
  }

  private partStart(mappings: u64, index: u32): u64 {
    return this.regions.u32At(mappings + <u64>index * offsetof<PeMapping>());
  }

  private refuseType(lengthAndType: u64): void {
    const type = (lengthAndType >> STREAM_TYPE_SHIFT).toString(16);
    fail(ErrorCode.Unsupported, `cim: file ${this.owner}: stream: type 0x${type} is not known`);
  }

  private refuse(what: string): void {
    this.regions.corrupt(`file ${this.owner}: stream: ${what}`);
  }
}
