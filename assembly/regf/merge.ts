/**
 * What Windows shows of two hives, one layered over the other, written as one hive.
 *
 * Source: M. Suhanov, "Containerized registry hives in Windows" (dfir.ru, 2020); US patent application 2017/0279678. What
 * they leave open, docs/decisions/0021 decides.
 */
import { mergeSort, Order } from "../bytes/merge-sort";
import { INHERIT_CLASS, KeyFlag, KeyNode, Layer, LAYER_MASK, NOWHERE, Security, SECURITY_SIZE, timeOf } from "./format";
import { Name, quoteName } from "./name";
import { Hive } from "./reader";
import { corrupt, lookAt, unsupported } from "./refuse";
import { ValueMerge } from "./value-merge";
import { WordStack } from "./word-stack";
import { HiveWriter } from "./writer";

class KeyOrder extends Order {
  private left: Name = new Name();
  private right: Name = new Name();

  compare(a: usize, b: usize): i32 {
    this.left.ofKey(changetype<KeyNode>(a));
    this.right.ofKey(changetype<KeyNode>(b));
    return this.left.compare(this.right);
  }
}

export class Merge {
  private stack: WordStack;
  private order: KeyOrder = new KeyOrder();
  private name: Name = new Name();
  private values: ValueMerge;

  constructor(private base: Hive, private delta: Hive, private writer: HiveWriter) {
    const stack = new WordStack();
    this.stack = stack;
    this.values = new ValueMerge(base, delta, stack, writer);
  }

  /** The roots are merged whatever their names are. @fails Corrupt  a name is there twice */
  run(): void {
    lookAt("merge");
    const base = this.base;
    const delta = this.delta;
    if (layerOf(base.root) == Layer.Tombstone || layerOf(delta.root) == Layer.Tombstone) {
      unsupported("the root itself is deleted, and nothing would be left");
    }
    const root = this.writeKey(base.root, delta.root, NOWHERE);
    this.writer.finish(root, max(base.lastWritten, delta.lastWritten), base.fileName);
  }

  /**
   * Writes a key and all below it. The reader has seen that no way is too deep.
   *
   * @param below  of the base, `above` of the delta; one of them may be null, and neither is a tombstone
   * @returns its cell
   */
  private writeKey(below: KeyNode | null, above: KeyNode | null, parent: u32): u32 {
    const cell = this.addNode(below, above, parent);
    this.writeClass(below, above, cell);
    this.writeValues(below, above, cell);
    const layer = above ? layerOf(above) : <u8>Layer.Merge;
    this.writeSubkeys(layer == Layer.SupersedeTree ? null : below, above, cell);
    return cell;
  }

  private addNode(below: KeyNode | null, above: KeyNode | null, parent: u32): u32 {
    const top = (above ? above : below) as KeyNode;
    this.name.ofKey((below ? below : above) as KeyNode);
    const security = (above ? this.delta : this.base).security(top) as Security;
    const cell = this.writer.useSecurity(changetype<usize>(security) + SECURITY_SIZE, security.descriptorSize);
    const time = max(below ? timeOf(below) : 0, above ? timeOf(above) : 0);
    let flags: u32 = top.flags & ~KeyFlag.HiveEntry;
    if (parent == NOWHERE) flags |= KeyFlag.HiveEntry;
    return this.writer.addKey(parent, this.name, flags, top.userFlags, time, cell);
  }

  private writeClass(below: KeyNode | null, above: KeyNode | null, cell: u32): void {
    const inherits = !above || (above.layer & INHERIT_CLASS) != 0;
    const fromBase = below != null && inherits;
    const from = (fromBase ? below : above) as KeyNode;
    const hive = fromBase ? this.base : this.delta;
    if (from.classSize != 0) this.writer.setClass(cell, hive.className(from), from.classSize);
  }

  private writeValues(below: KeyNode | null, above: KeyNode | null, cell: u32): void {
    const top = (above ? above : below) as KeyNode;
    if (top.flags & KeyFlag.PredefinedHandle) return this.writer.setHandle(cell, top.values);
    if (!above) this.values.copy(this.base, top, cell);
    else if (!below || layerOf(above) != Layer.Merge) this.values.copy(this.delta, above, cell);
    else this.values.merge(below, above, cell);
    this.writer.endValues(cell);
  }

  private writeSubkeys(below: KeyNode | null, above: KeyNode | null, cell: u32): void {
    const stack = this.stack;
    const start = stack.count;
    const middle = start + (below ? this.pushSubkeys(this.base, below) : 0);
    const end = middle + (above ? this.pushSubkeys(this.delta, above) : 0);
    let left = start;
    let right = middle;
    while (left < middle || right < end) {
      const order = left == middle ? 1 : right == end ? -1 : this.order.compare(stack.get(left), stack.get(right));
      const lower = changetype<KeyNode | null>(order <= 0 ? stack.get(left++) : 0);
      const upper = changetype<KeyNode | null>(order >= 0 ? stack.get(right++) : 0);
      this.writeSubkey(lower, upper, cell);
    }
    this.writer.setSubkeys(cell, stack, end, stack.count - end);
    stack.cut(start);
  }

  /** Puts the cell of a subkey on the stack, if there is one in the end. */
  private writeSubkey(below: KeyNode | null, above: KeyNode | null, parent: u32): void {
    if (above && layerOf(above) == Layer.Tombstone) return;
    // A base that is a delta itself has tombstones too, of keys that are nowhere.
    let lower = below;
    if (lower && layerOf(lower) == Layer.Tombstone) lower = null;
    if (lower || above) this.stack.push(this.writeKey(lower, above, parent));
  }

  /** Puts subkeys on the stack, in the order of their names. @returns how many */
  private pushSubkeys(hive: Hive, key: KeyNode): u32 {
    const stack = this.stack;
    const start = stack.count;
    hive.pushSubkeys(key, stack);
    const count = stack.count - start;
    if (!this.isSorted(start, count)) {
      stack.makeRoom(count);
      mergeSort(stack.at(start), stack.at(start + count), count, this.order);
      this.refuseTwins(start, count);
    }
    return count;
  }

  /** Other writers have other ideas of upper case. */
  private isSorted(start: u32, count: u32): bool {
    for (let i = start + 1; i < start + count; i++) {
      if (this.order.compare(this.stack.get(i - 1), this.stack.get(i)) >= 0) return false;
    }
    return true;
  }

  private refuseTwins(start: u32, count: u32): void {
    for (let i = start + 1; i < start + count; i++) {
      if (this.order.compare(this.stack.get(i - 1), this.stack.get(i)) != 0) continue;
      this.name.ofKey(changetype<KeyNode>(this.stack.get(i)));
      corrupt(`two subkeys of one key have the name ${quoteName(this.name)}`);
    }
  }
}

function layerOf(key: KeyNode): u8 {
  return key.layer & LAYER_MASK;
}
