/**
 * The regions of a CIM as one space of bytes, in which a region offset is an address.
 *
 * Source: hcsshim, internal/cimfs/format/format.go: regions of parents come first, the image's own last.
 */
import { ErrorCode } from "../../abi";
import { allocate } from "../../bytes/memory";
import { fail } from "../../host";
import { PageCache, PAGE_SIZE } from "../../page-cache";
import { Source } from "../../source";
import { FILE_RECORD_V1_SIZE, FileRecord, REGION_BYTE_MASK, REGION_INDEX_SHIFT } from "../format";

/** From here on, what a version changed in the body is not public. */
const UNKNOWN_BODY: u32 = 3;

const scratch = allocate(8);

/** All regions, one behind another at 2^48 bytes each. Behind the end of each stand zeros. */
class RegionSource extends Source {
  readonly sources: StaticArray<Source | null>;

  constructor(count: u32) {
    super();
    this.sources = new StaticArray<Source | null>(count);
  }

  get size(): u64 {
    return u64.MAX_VALUE;
  }

  sourceOf(region: u32): Source | null {
    return region < <u32>this.sources.length ? this.sources[region] : null;
  }

  sizeOf(region: u32): u64 {
    const source = this.sourceOf(region);
    return source ? source.size : 0;
  }

  read(at: u64, to: usize, length: u32): void {
    const region = <u32>(at >> REGION_INDEX_SHIFT);
    const byte = at & REGION_BYTE_MASK;
    const size = this.sizeOf(region);
    const there = byte < size ? <u32>min<u64>(length, size - byte) : 0;
    if (there > 0) (this.sources[region] as Source).read(byte, to, there);
    memory.fill(to + there, 0, length - there);
  }
}

export class Regions {
  /** A shorter record has no content; of versions that are not known whole, the least that any was seen to have. */
  readonly minRecordSize: u32;
  /** Bytes of all of them. */
  totalSize: u64 = 0;
  private source: RegionSource;
  private cache: PageCache;

  /** @param major  version of the image */
  constructor(readonly count: u32, private major: u32) {
    const source = new RegionSource(count);
    this.minRecordSize = major < UNKNOWN_BODY ? <u32>offsetof<FileRecord>("sdOffset") : FILE_RECORD_V1_SIZE;
    this.source = source;
    this.cache = new PageCache(source);
  }

  add(index: u32, source: Source): void {
    this.source.sources[index] = source;
    this.totalSize += source.size;
  }

  /** Bytes of a region; 0: there is none of that index. */
  sizeOf(index: u32): u64 {
    return this.source.sizeOf(index);
  }

  /** Bytes from a region offset to the end of its region; 0: it leads out of all regions, or to none. */
  room(offset: u64): u64 {
    const byte = offset & REGION_BYTE_MASK;
    const size = this.source.sizeOf(<u32>(offset >> REGION_INDEX_SHIFT));
    return byte != 0 && byte < size ? size - byte : 0;
  }

  /** Whether `length` bytes stand at an offset. */
  holds(offset: u64, length: u64): bool {
    const room = this.room(offset);
    return room > 0 && length <= room;
  }

  /** Whether an offset here and one in `other` are the same byte of the same source. */
  meets(offset: u64, other: Regions, otherOffset: u64): bool {
    const source = this.source.sourceOf(<u32>(offset >> REGION_INDEX_SHIFT));
    const same = source === other.source.sourceOf(<u32>(otherOffset >> REGION_INDEX_SHIFT));
    return source !== null && same && (offset & REGION_BYTE_MASK) == (otherOffset & REGION_BYTE_MASK);
  }

  // Where nothing stands, zeros are read: who asks has asked before whether something does.

  u16At(offset: u64): u32 {
    if (!fits(offset, 2)) return load<u16>(this.gather(offset, 2));
    return load<u16>(this.cache.at(offset, 2));
  }

  u32At(offset: u64): u32 {
    if (!fits(offset, 4)) return load<u32>(this.gather(offset, 4));
    return load<u32>(this.cache.at(offset, 4));
  }

  u64At(offset: u64): u64 {
    if (!fits(offset, 8)) return load<u64>(this.gather(offset, 8));
    return load<u64>(this.cache.at(offset, 8));
  }

  /** Puts a piece of metadata into memory at `to`. */
  copy(offset: u64, to: usize, length: u32): void {
    while (length > 0) {
      const part = min<u32>(length, PAGE_SIZE - <u32>(offset % PAGE_SIZE));
      memory.copy(to, this.cache.at(offset, part), part);
      offset += part;
      to += part;
      length -= part;
    }
  }

  /** Puts data of files into memory at `to`: these go by the cache. */
  read(offset: u64, to: usize, length: u32): void {
    this.source.read(offset, to, length);
  }

  /** @param what  `thing and its number: what is wrong, with the number`; @fails Corrupt, or Unsupported: it may be new */
  corrupt(what: string): void {
    if (this.major < UNKNOWN_BODY) fail(ErrorCode.Corrupt, `cim: ${what}`);
    fail(ErrorCode.Unsupported, `cim: version ${this.major}, of which not all is known: ${what}`);
  }

  private gather(offset: u64, length: u32): usize {
    this.copy(offset, scratch, length);
    return scratch;
  }
}

/** As people read it. */
export function describeOffset(offset: u64): string {
  return `region ${offset >> REGION_INDEX_SHIFT}, byte ${offset & REGION_BYTE_MASK}`;
}

/** Whether it all lies in one page of the cache. */
// @ts-ignore: decorator
@inline
function fits(offset: u64, length: u32): bool {
  return <u32>(offset % PAGE_SIZE) <= PAGE_SIZE - length;
}
