/** The names in a directory, sorted; and those of the directories above it, as far as they were gone over. */
import { ByteBuffer } from "../../bytes/memory";
import { mergeSort, Order } from "../../bytes/merge-sort";
import { compareNames } from "./name-order";
import { WindowsTreeReader } from "./tree-reader";

/** Its units follow. */
@unmanaged
class Item {
  child: u32; // 0x00
  units: u32; // 0x04
}             // 0x08

/** One directory. Offsets into the buffers, as those move when they grow. */
@unmanaged
class List {
  itemsAt: u32; // 0x00  bytes
  orderAt: u32; // 0x04  bytes; offsets of items, u32 each
  next: u32;    // 0x08  of the order; bytes
  end: u32;     // 0x0c
}               // 0x10

/** By offset. */
class ByName extends Order {
  items: usize = 0;

  constructor(private upcase: usize) {
    super();
  }

  compare(a: usize, b: usize): i32 {
    const one = this.items + a;
    const other = this.items + b;
    const oneUnits = changetype<Item>(one).units;
    const otherUnits = changetype<Item>(other).units;
    return compareNames(this.upcase, one + offsetof<Item>(), oneUnits, other + offsetof<Item>(), otherUnits);
  }
}

export class WindowsNameStack {
  private items: ByteBuffer = new ByteBuffer();
  private order: ByteBuffer = new ByteBuffer();
  private lists: ByteBuffer = new ByteBuffer();
  private byName: ByName;

  /** @param upcase  the table that names are sorted by */
  constructor(upcase: usize) {
    this.byName = new ByName(upcase);
  }

  /** Directories whose names are held. */
  get depth(): u32 {
    return this.lists.length / offsetof<List>();
  }

  clear(): void {
    this.items.clear();
    this.order.clear();
    this.lists.clear();
  }

  /**
   * Takes the names of the directory that is open in `tree`.
   *
   * @returns whether one stands there twice, but for case; then it is the name at hand
   */
  push(tree: WindowsTreeReader): bool {
    const itemsAt = this.items.length;
    const orderAt = this.order.length;
    tree.startNames();
    while (tree.nextName()) this.take(tree);
    const end = this.order.length;
    this.sort(orderAt);
    this.lists.reserve(this.lists.length + offsetof<List>());
    const list = changetype<List>(this.lists.at + this.lists.length);
    this.lists.length += offsetof<List>();
    list.itemsAt = itemsAt;
    list.orderAt = orderAt;
    list.next = orderAt;
    list.end = end;
    return this.hasTwins(list);
  }

  /** Forgets the names of the directory that was pushed last. */
  pop(): void {
    const list = this.last;
    this.items.length = list.itemsAt;
    this.order.length = list.orderAt;
    this.lists.length -= offsetof<List>();
  }

  /** Goes to the next name in that directory. @returns whether there is one */
  next(): bool {
    const list = this.last;
    if (list.next == list.end) return false;
    list.next += sizeof<u32>();
    return true;
  }

  /** The name at hand. */
  get name(): usize {
    return changetype<usize>(this.item) + offsetof<Item>();
  }

  get nameUnits(): u32 {
    return this.item.units;
  }

  /** The file that has it. */
  get child(): u32 {
    return this.item.child;
  }

  private get last(): List {
    return changetype<List>(this.lists.at + this.lists.length - offsetof<List>());
  }

  private get item(): Item {
    const order = this.last.next - sizeof<u32>();
    return changetype<Item>(this.items.at + load<u32>(this.order.at + order));
  }

  private take(tree: WindowsTreeReader): void {
    const items = this.items;
    const order = this.order;
    order.reserve(order.length + sizeof<u32>());
    store<u32>(order.at + order.length, items.length);
    order.length += sizeof<u32>();
    items.reserve(items.length + offsetof<Item>());
    const item = changetype<Item>(items.at + items.length);
    item.child = tree.child;
    item.units = tree.nameUnits;
    items.length += offsetof<Item>();
    items.append(tree.name, 2 * tree.nameUnits);
  }

  private sort(orderAt: u32): void {
    const order = this.order;
    const length = order.length - orderAt;
    order.reserve(order.length + length / 2 + sizeof<u32>()); // what the sort sets aside stands behind
    this.byName.items = this.items.at;
    mergeSort(order.at + orderAt, order.at + order.length, length / sizeof<u32>(), this.byName);
  }

  /** Goes to the second of two names that differ in case at most. @returns whether there are two */
  private hasTwins(list: List): bool {
    const order = this.order.at;
    for (let at = list.orderAt + sizeof<u32>(); at < list.end; at += sizeof<u32>()) {
      if (this.byName.compare(load<u32>(order + at - sizeof<u32>()), load<u32>(order + at)) != 0) continue;
      list.next = at + sizeof<u32>();
      return true;
    }
    return false;
  }
}
