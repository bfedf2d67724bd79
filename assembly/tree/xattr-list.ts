/** All extended attributes of a file, by the order of their names. */
import { compareBytes, Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { mergeSort, Order } from "../bytes/merge-sort";
import { Attribute } from "./entry";
import { TreeReader } from "./tree-reader";

class ByName extends Order {
  compare(a: usize, b: usize): i32 {
    const one = changetype<Attribute>(a);
    const other = changetype<Attribute>(b);
    return compareBytes(one.name, one.nameLength, other.name, other.nameLength);
  }
}

export class XattrList {
  count: u32 = 0;
  /** Attributes as they were read, without addresses until all are here: the bytes move. */
  private found: ByteBuffer = new ByteBuffer();
  private bytes: ByteBuffer = new ByteBuffer();
  private order: ByteBuffer = new ByteBuffer();
  private sorted: ByteBuffer = new ByteBuffer();
  private byName: ByName = new ByName();

  /** `count` Attributes. */
  get at(): usize {
    return this.sorted.at;
  }

  /** Takes those of the file that is open in `tree`, in place of what was here. @fails Corrupt, Unsupported */
  take(tree: TreeReader): void {
    this.count = 0;
    this.found.clear();
    this.bytes.clear();
    tree.startXattrs();
    while (tree.nextXattr()) this.add(tree.xattr);
    if (this.count > 0) this.sort();
  }

  equals(other: XattrList): bool {
    if (this.count != other.count) return false;
    for (let i: u32 = 0; i < this.count; i++) {
      const one = this.attribute(i);
      const two = other.attribute(i);
      if (compareBytes(one.name, one.nameLength, two.name, two.nameLength) != 0) return false;
      if (compareBytes(one.value, one.valueLength, two.value, two.valueLength) != 0) return false;
    }
    return true;
  }

  has(name: Literal, value: Literal): bool {
    const index = this.find(name);
    return index >= 0 && value.equals(this.attribute(index).value, this.attribute(index).valueLength);
  }

  /** Takes out the attribute of that name, if there is one. */
  remove(name: Literal): void {
    const index = this.find(name);
    if (index < 0) return;
    const at = changetype<usize>(this.attribute(index));
    memory.copy(at, at + offsetof<Attribute>(), (--this.count - index) * offsetof<Attribute>());
  }

  /** The first whose name begins with `prefix`, if there is one. */
  firstOf(prefix: Literal): Attribute | null {
    for (let i: u32 = 0; i < this.count; i++) {
      const attribute = this.attribute(i);
      if (prefix.startsOf(attribute.name, attribute.nameLength)) return attribute;
    }
    return null;
  }

  /** @returns where it stands; below zero: it is not there */
  private find(name: Literal): i32 {
    for (let i: u32 = 0; i < this.count; i++) {
      const attribute = this.attribute(i);
      if (name.equals(attribute.name, attribute.nameLength)) return i;
    }
    return -1;
  }

  private attribute(index: u32): Attribute {
    return changetype<Attribute>(this.sorted.at + index * offsetof<Attribute>());
  }

  private add(xattr: Attribute): void {
    const found = this.found;
    const bytes = this.bytes;
    found.reserve(found.length + offsetof<Attribute>());
    const attribute = changetype<Attribute>(found.at + found.length);
    found.length += offsetof<Attribute>();
    attribute.name = bytes.length;
    attribute.nameLength = xattr.nameLength;
    bytes.append(xattr.name, xattr.nameLength);
    attribute.value = bytes.length;
    attribute.valueLength = xattr.valueLength;
    bytes.append(xattr.value, xattr.valueLength);
    this.count++;
  }

  private sort(): void {
    const count = this.count;
    const order = this.order;
    order.reserve((count + count / 2 + 1) * sizeof<usize>());
    for (let i: u32 = 0; i < count; i++) {
      const attribute = changetype<Attribute>(this.found.at + i * offsetof<Attribute>());
      attribute.name += this.bytes.at;
      attribute.value += this.bytes.at;
      store<usize>(order.at + i * sizeof<usize>(), changetype<usize>(attribute));
    }
    mergeSort(order.at, order.at + count * sizeof<usize>(), count, this.byName);
    this.sorted.reserve(count * offsetof<Attribute>());
    for (let i: u32 = 0; i < count; i++) {
      const from = load<usize>(order.at + i * sizeof<usize>());
      memory.copy(this.sorted.at + i * offsetof<Attribute>(), from, offsetof<Attribute>());
    }
  }
}
