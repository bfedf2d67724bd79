/**
 * A table of names, each with a value: of a directory, or of the alternate streams of a file.
 *
 * Source: hcsshim, internal/cimfs/format/format.go and cim_reader_windows.go: values, places of names, names; in the order
 * of upper case.
 */
import { allocate } from "../../bytes/memory";
import { LinkTableHeader, MAX_NAME_UNITS, Stream } from "../format";
import { quoteName } from "./names";
import { describeOffset, Regions } from "./regions";
import { Upcase } from "./upcase";

const HEADER_SIZE: u32 = offsetof<LinkTableHeader>();
/** Where other orders than ours may put a name elsewhere: as code points, surrogates come after all other units. */
const FIRST_SURROGATE: u16 = 0xd800;

export class LinkTable {
  count: u32 = 0;
  /** Of the name that was read last: a copy, and its units. */
  readonly name: usize = allocate(2 * (<usize>MAX_NAME_UNITS + 1));
  nameUnits: u32 = 0;
  private offset: u64 = 0;
  private length: u32 = 0;
  private owner: u32 = 0;

  /** @param valueSize  bytes of a value; @param what  in messages, behind a file's number */
  constructor(private regions: Regions, private upcase: Upcase, private valueSize: u32, private what: string) {}

  /** Bytes of the table that is open. */
  get size(): u32 {
    return this.length;
  }

  /** As a table without names. */
  close(): void {
    this.count = 0;
    this.length = 0;
  }

  /**
   * @param owner   file ID, for messages
   * @param offset  region offset of the table
   * @param span    bytes that it may have
   * @fails Corrupt
   */
  open(owner: u32, offset: u64, span: u64): void {
    const regions = this.regions;
    this.owner = owner;
    this.close();
    if (!regions.holds(offset, max<u64>(span, HEADER_SIZE))) {
      this.refuse(`${span} bytes at ${describeOffset(offset)}, where there is no room for them`);
    }
    const length = regions.u32At(offset);
    const count = regions.u32At(offset + offsetof<LinkTableHeader>("count"));
    if (!isPossible(length, count, span, this.valueSize))
      this.refuse(`${count} names in ${length} bytes, of ${span} there are`);
    this.offset = offset;
    this.length = length;
    this.count = count;
  }

  /** Region offset of a value. */
  valueAt(index: u32): u64 {
    return this.offset + HEADER_SIZE + <u64>index * this.valueSize;
  }

  /** Reads a name into `name`. @fails Corrupt  it is not in the table, or longer than names may be */
  readName(index: u32): void {
    const regions = this.regions;
    const at = regions.u32At(this.offset + HEADER_SIZE + <u64>this.count * this.valueSize + <u64>index * 4);
    if (at > this.length - 2) this.refuse(`name ${index} at byte ${at} of ${this.length}`);
    const units = regions.u16At(this.offset + at);
    if (<u64>at + 2 + 2 * units > this.length || units > MAX_NAME_UNITS) {
      this.refuse(`name ${index} of ${units} units at byte ${at} of ${this.length}`);
    }
    regions.copy(this.offset + at + 2, this.name, 2 * units);
    this.nameUnits = units;
  }

  /** Looks for a name, whatever its case. @returns its index; -1: it is not there */
  find(name: usize, units: u32): i64 {
    let first: u32 = 0;
    let end = this.count;
    while (first < end) {
      const middle = first + (end - first) / 2;
      this.readName(middle);
      const order = this.upcase.compare(name, units, this.name, this.nameUnits);
      if (order == 0) return middle;
      if (order < 0) end = middle;
      else first = middle + 1;
    }
    return mayStandElsewhere(name, units) ? this.search(name, units) : -1;
  }

  private search(name: usize, units: u32): i64 {
    for (let i: u32 = 0; i < this.count; i++) {
      this.readName(i);
      if (this.upcase.compare(name, units, this.name, this.nameUnits) == 0) return i;
    }
    return -1;
  }

  /** @fails Corrupt */
  refuseName(): void {
    this.refuse(`"${quoteName(this.name, this.nameUnits)}" is no name`);
  }

  private refuse(what: string): void {
    this.regions.corrupt(`file ${this.owner}: ${this.what}: ${what}`);
  }
}

/** Whether a table could have these numbers. @param span  bytes that there are for it */
export function isPossible(length: u32, count: u32, span: u64, valueSize: u32): bool {
  return length >= HEADER_SIZE && length <= span && count <= (length - HEADER_SIZE) / (valueSize + 4);
}

/**
 * Whether a table of streams stands behind a length of four bytes, as hcsshim's reader of version 2.0 has it, which could not
 * have read any; where the table would stand itself, none could.
 */
export function isBehindLength(regions: Regions, offset: u64): bool {
  const room = regions.room(offset);
  if (room < 4 + HEADER_SIZE) return false;
  const value = <u32>offsetof<Stream>();
  if (isPossible(regions.u32At(offset), regions.u32At(offset + 4), room, value)) return false;
  const length = regions.u32At(offset + 4);
  return regions.u32At(offset) == length && isPossible(length, regions.u32At(offset + 8), room - 4, value);
}

function mayStandElsewhere(name: usize, units: u32): bool {
  for (let i: u32 = 0; i < units; i++) if (load<u16>(name + 2 * i) >= FIRST_SURROGATE) return true;
  return false;
}
