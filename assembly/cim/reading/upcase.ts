/** Upper case as an image has it, and the order of names that follows from it. */
import { allocate } from "../../bytes/memory";
import { UPCASE_TABLE_SIZE } from "../format";
import { describeOffset, Regions } from "./regions";

export class Upcase {
  /** Of each unit of UTF-16: 65,536 u16. */
  readonly table: usize;

  /** @fails Corrupt */
  constructor(regions: Regions, offset: u64) {
    if (!regions.holds(offset, UPCASE_TABLE_SIZE)) {
      regions.corrupt(`filesystem: upcase table at ${describeOffset(offset)}, where there is no room for it`);
    }
    this.table = allocate(UPCASE_TABLE_SIZE);
    regions.read(offset, this.table, UPCASE_TABLE_SIZE);
  }

  /** Below zero if the name `a` comes before the name `b`, above if after: unit by unit, what is shorter first. */
  compare(a: usize, aUnits: u32, b: usize, bUnits: u32): i32 {
    const table = this.table;
    const common = min(aUnits, bUnits);
    for (let i: u32 = 0; i < common; i++) {
      const one = load<u16>(a + 2 * i);
      const other = load<u16>(b + 2 * i);
      if (one == other) continue;
      const order = <i32>load<u16>(table + 2 * one) - <i32>load<u16>(table + 2 * other);
      if (order != 0) return order;
    }
    return <i32>aUnits - <i32>bUnits;
  }
}
