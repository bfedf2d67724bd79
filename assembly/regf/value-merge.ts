/** The values of a key that two layers have. */
import { mergeSort, Order } from "../bytes/merge-sort";
import { KeyNode, KeyValue, ValueFlag } from "./format";
import { Name } from "./name";
import { Hive } from "./reader";
import { corrupt } from "./refuse";
import { WordStack } from "./word-stack";
import { HiveWriter } from "./writer";

class ValueOrder extends Order {
  private left: Name = new Name();
  private right: Name = new Name();

  compare(a: usize, b: usize): i32 {
    this.left.ofValue(changetype<KeyValue>(a));
    this.right.ofValue(changetype<KeyValue>(b));
    return this.left.compare(this.right);
  }
}

/** On the address of a value, which is even: it is written already. */
const DONE: usize = 1;
const NONE: u32 = u32.MAX_VALUE;

export class ValueMerge {
  private order: ValueOrder = new ValueOrder();

  constructor(private base: Hive, private delta: Hive, private stack: WordStack, private writer: HiveWriter) {}

  /** Writes the values of one key alone. */
  copy(hive: Hive, from: KeyNode, to: u32): void {
    for (let i: u32 = 0; i < hive.countValues(from); i++) this.add(hive, hive.value(from, i), to);
  }

  /**
   * Writes what the values of `above` make of those of `below`: those that have a name from there stand in its place, new
   * ones behind all.
   *
   * @fails Corrupt  `above` has a name twice
   */
  merge(below: KeyNode, above: KeyNode, to: u32): void {
    const count = this.delta.countValues(above);
    const start = this.stack.count;
    this.sort(above, start, count);
    for (let i: u32 = 0; i < this.base.countValues(below); i++) {
      const value = this.base.value(below, i);
      const match = this.find(value, start, count);
      if (match == NONE) this.add(this.base, value, to);
      else this.addOnce(match, to);
    }
    for (let i: u32 = 0; i < count; i++) this.addOnce(this.find(this.delta.value(above, i), start, count), to);
    this.stack.cut(start);
  }

  /** Puts values of the delta on the stack, in the order of their names. */
  private sort(above: KeyNode, start: u32, count: u32): void {
    const stack = this.stack;
    for (let i: u32 = 0; i < count; i++) stack.push(changetype<usize>(this.delta.value(above, i)));
    stack.makeRoom(count);
    mergeSort(stack.at(start), stack.at(start + count), count, this.order);
    for (let i = start + 1; i < start + count; i++) {
      if (this.order.compare(stack.get(i - 1), stack.get(i)) != 0) continue;
      corrupt(`of ${count} values of a key of the delta, two have one name`);
    }
  }

  /** Where on the stack the value of this name stands, or NONE. */
  private find(value: KeyValue, start: u32, count: u32): u32 {
    let low = start;
    let high = start + count;
    while (low < high) {
      const middle = (low + high) / 2;
      const order = this.order.compare(changetype<usize>(value), this.stack.get(middle) & ~DONE);
      if (order == 0) return middle;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return NONE;
  }

  private addOnce(place: u32, to: u32): void {
    const word = this.stack.get(place);
    if (word & DONE) return;
    this.add(this.delta, changetype<KeyValue>(word), to);
    store<usize>(this.stack.at(place), word | DONE);
  }

  private add(hive: Hive, value: KeyValue, to: u32): void {
    if (!(value.flags & ValueFlag.Tombstone)) this.writer.addValue(to, hive, value);
  }
}
