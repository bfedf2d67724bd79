/** A table of names, as far as it is the same for directories and for alternate streams. */
import { CimProblem } from "../../abi";
import { allocate } from "../../bytes/memory";
import { isFileName, isStreamName } from "../../tree/windows/file-name";
import { LinkTableHeader, MAX_NAME_UNITS, OBJECT_ALIGNMENT, Stream } from "../format";
import { isPossible } from "../reading/link-table";
import { CheckState } from "./check-state";
import { LinkDetail, OrderDetail } from "./details";

const HEADER_SIZE: u32 = offsetof<LinkTableHeader>();
const NAME_ROOM: usize = 2 * (<usize>MAX_NAME_UNITS + 1);

/**
 *     if (links.open(file, offset, span)) for (; links.index < links.count; links.next()) if (links.checkName()) … links.value …
 */
export class LinksCheck {
  count: u32 = 0;
  index: u32 = 0;
  length: u32 = 0;
  /** Of the last name; and of that before it. */
  name: usize = allocate(NAME_ROOM);
  nameUnits: u32 = 0;
  private before: usize = allocate(NAME_ROOM);
  private beforeUnits: u32 = 0;
  private hasBefore: bool = false;
  private isRead: bool = false;
  private file: u32 = 0;
  private offset: u64 = 0;

  /** @param valueSize  4: of a directory; else of streams */
  constructor(private state: CheckState, private valueSize: u32) {}

  /** @returns whether its numbers can be */
  open(file: u32, offset: u64, span: u64): bool {
    const regions = this.state.regions;
    this.file = file;
    this.offset = offset;
    this.index = 0;
    this.count = 0;
    this.length = 0;
    this.hasBefore = false;
    if (!regions.holds(offset, max<u64>(span, HEADER_SIZE)))
      return this.refuse(LinkDetail.Place, span, regions.room(offset));
    const length = regions.u32At(offset);
    const count = regions.u32At(offset + 4);
    if (!isPossible(length, count, span, this.valueSize)) return this.refuse(LinkDetail.Numbers, count, length);
    if (offset % OBJECT_ALIGNMENT != 0) this.refuse(LinkDetail.Alignment, offset % OBJECT_ALIGNMENT, OBJECT_ALIGNMENT);
    this.length = length;
    this.count = count;
    return true;
  }

  /** Region offset of the value at hand. */
  get value(): u64 {
    return this.offset + HEADER_SIZE + <u64>this.index * this.valueSize;
  }

  /** Looks at the name at hand: its place, its units, its order. @returns whether it could be read */
  checkName(): bool {
    const regions = this.state.regions;
    const findings = this.state.findings;
    this.isRead = false;
    const place = this.offset + HEADER_SIZE + <u64>this.count * this.valueSize + <u64>this.index * 4;
    const at = regions.u32At(place);
    const units: u32 = at <= this.length - 2 ? regions.u16At(this.offset + at) : 0;
    if (at > this.length - 2 || <u64>at + 2 + 2 * units > this.length || units > MAX_NAME_UNITS) {
      findings.add(CimProblem.NamePlace, this.file, place, units, at, this.length);
      return false;
    }
    regions.copy(this.offset + at + 2, this.name, 2 * units);
    this.nameUnits = units;
    this.isRead = true;
    const isName = this.valueSize == 4 ? isFileName(this.name, units) : isStreamName(this.name, units);
    if (!isName) findings.addName(CimProblem.NameForbidden, this.file, this.offset + at, 0, 0, this.name, units);
    this.checkOrder();
    return true;
  }

  /** To be called when all that concerns the name at hand was said. */
  next(): void {
    this.index++;
    if (!this.isRead) return; // that before it is what the next one is held against
    const name = this.name;
    this.name = this.before;
    this.before = name;
    this.beforeUnits = this.nameUnits;
    this.hasBefore = true;
  }

  private checkOrder(): void {
    if (!this.hasBefore) return;
    const order = this.compareUnits();
    if (order < 0) return;
    const findings = this.state.findings;
    const detail = order == 0 ? OrderDetail.Twice : OrderDetail.Order;
    const problem = order > 0 && this.comparePoints() < 0 ? CimProblem.NameOrderOfCodePoints : CimProblem.NameOrder;
    findings.addName(problem, this.file, this.offset, detail, this.index, this.name, this.nameUnits);
  }

  /** Below zero if the name before comes before. */
  private compareUnits(): i32 {
    const table = this.state.upcase;
    const common = min(this.beforeUnits, this.nameUnits);
    for (let i: u32 = 0; i < common; i++) {
      const order = <i32>this.upper(table, this.before, i) - <i32>this.upper(table, this.name, i);
      if (order != 0) return order;
    }
    return <i32>this.beforeUnits - <i32>this.nameUnits;
  }

  /** The same, where two units that make one character count as that. */
  private comparePoints(): i32 {
    const table = this.state.upcase;
    const common = min(this.beforeUnits, this.nameUnits);
    for (let i: u32 = 0; i < common; i++) {
      const one: u32 = this.upper(table, this.before, i);
      const other: u32 = this.upper(table, this.name, i);
      if (one != other) return <i32>rank(one) - <i32>rank(other);
    }
    return <i32>this.beforeUnits - <i32>this.nameUnits;
  }

  private upper(table: usize, name: usize, index: u32): u16 {
    return load<u16>(table + 2 * <usize>load<u16>(name + 2 * index));
  }

  private refuse(detail: LinkDetail, found: u64, expected: u64): bool {
    const problem = this.valueSize == 4 ? CimProblem.LinkTable : CimProblem.StreamTable;
    this.state.findings.add(problem, this.file, this.offset, detail, found, expected);
    return false;
  }
}

export const STREAM_SIZE: u32 = offsetof<Stream>();

/** Characters past U+FFFF come after all others, and begin with a surrogate. */
function rank(unit: u32): u32 {
  return (unit & 0xf800) == 0xd800 ? unit + 0x1_0000 : unit;
}
