/** Names of keys and values: UTF-16, or a byte for each unit, told apart by their upper case. */
import { quote } from "../bytes/quote";
import { upcaseTable } from "../bytes/upcase";
import { KeyFlag, KeyNode, KEY_NODE_SIZE, KeyValue, KEY_VALUE_SIZE, ValueFlag } from "./format";

/** A name that stands elsewhere. One of these serves many names, one after another. */
export class Name {
  at: usize = 0;
  units: u32 = 0;
  /** Whether a unit takes two bytes, or one. */
  isWide: bool = false;
  private table: usize = upcaseTable();

  setText(text: string): void {
    this.set(changetype<usize>(text), text.length, true);
  }

  set(at: usize, units: u32, isWide: bool): void {
    this.at = at;
    this.units = units;
    this.isWide = isWide;
  }

  ofKey(key: KeyNode): void {
    const isWide = !(key.flags & KeyFlag.CompressedName);
    this.set(changetype<usize>(key) + KEY_NODE_SIZE, isWide ? key.nameSize >> 1 : key.nameSize, isWide);
  }

  ofValue(value: KeyValue): void {
    const isWide = !(value.flags & ValueFlag.CompressedName);
    this.set(changetype<usize>(value) + KEY_VALUE_SIZE, isWide ? value.nameSize >> 1 : value.nameSize, isWide);
  }

  unit(index: u32): u32 {
    return this.isWide ? load<u16>(this.at + index * 2) : load<u8>(this.at + index);
  }

  upper(index: u32): u32 {
    return load<u16>(this.table + this.unit(index) * 2);
  }

  /** Below zero if it stands before another, 0 if it is the same name. */
  compare(other: Name): i32 {
    const shared = min(this.units, other.units);
    for (let i: u32 = 0; i < shared; i++) {
      const order = <i32>this.upper(i) - <i32>other.upper(i);
      if (order != 0) return order;
    }
    return <i32>this.units - <i32>other.units;
  }

  /** What a hash leaf has of it. */
  hash(): u32 {
    let hash: u32 = 0;
    for (let i: u32 = 0; i < this.units; i++) hash = hash * 37 + this.upper(i);
    return hash;
  }
}

/** As text for a message. */
export function quoteName(name: Name): string {
  let text = "";
  for (let i: u32 = 0; i < name.units; i++) text += String.fromCharCode(name.unit(i));
  const bytes = String.UTF8.encode(text);
  return quote(changetype<usize>(bytes), bytes.byteLength);
}
