/** The names in a directory, sorted by their bytes; and those of the directories above it, as far as they were gone over. */
import { ErrorCode } from "../abi";
import { compareBytes } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { mergeSort, Order } from "../bytes/merge-sort";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { TreeReader } from "./tree-reader";

/** Its bytes follow. */
@unmanaged
class Item {
  child: u64;  // 0x00
  length: u32; // 0x08
}              // 0x0c
const ITEM_SIZE: u32 = 12;

/** One directory. Offsets into the buffers, as those move when they grow. */
@unmanaged
class List {
  itemsAt: u32; // 0x00  bytes
  orderAt: u32; // 0x04  bytes; offsets of items, u32 each
  next: u32;    // 0x08  of the order; bytes
  end: u32;     // 0x0c
  directory: u64; // 0x10
}

/** By offset. */
class ByName extends Order {
  items: usize = 0;

  compare(a: usize, b: usize): i32 {
    const one = this.items + a;
    const other = this.items + b;
    const oneLength = changetype<Item>(one).length;
    return compareBytes(one + ITEM_SIZE, oneLength, other + ITEM_SIZE, changetype<Item>(other).length);
  }
}

export class NameStack {
  private items: ByteBuffer = new ByteBuffer();
  private order: ByteBuffer = new ByteBuffer();
  private lists: ByteBuffer = new ByteBuffer();
  private byName: ByName = new ByName();

  /** Directories whose names are held. */
  get depth(): u32 {
    return this.lists.length / offsetof<List>();
  }

  clear(): void {
    this.items.clear();
    this.order.clear();
    this.lists.clear();
  }

  /** Takes the names of the directory that is open in `tree`. @fails Corrupt  one of them stands there twice */
  push(tree: TreeReader): void {
    const itemsAt = this.items.length;
    const orderAt = this.order.length;
    tree.startNames();
    while (tree.nextName()) this.take(tree);
    const end = this.order.length;
    this.sort(orderAt);
    this.refuseTwins(tree, orderAt);
    this.lists.reserve(this.lists.length + offsetof<List>());
    const list = changetype<List>(this.lists.at + this.lists.length);
    this.lists.length += offsetof<List>();
    list.itemsAt = itemsAt;
    list.orderAt = orderAt;
    list.next = orderAt;
    list.end = end;
    list.directory = tree.id;
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
    return changetype<usize>(this.item) + ITEM_SIZE;
  }

  get nameLength(): u32 {
    return this.item.length;
  }

  /** The file that has it. */
  get child(): u64 {
    return this.item.child;
  }

  /** The directory whose names these are. */
  get directory(): u64 {
    return this.last.directory;
  }

  private get last(): List {
    return changetype<List>(this.lists.at + this.lists.length - offsetof<List>());
  }

  private get item(): Item {
    return this.itemAt(this.last.next - sizeof<u32>());
  }

  private itemAt(order: u32): Item {
    return changetype<Item>(this.items.at + load<u32>(this.order.at + order));
  }

  private take(tree: TreeReader): void {
    const items = this.items;
    const order = this.order;
    order.reserve(order.length + sizeof<u32>());
    store<u32>(order.at + order.length, items.length);
    order.length += sizeof<u32>();
    items.reserve(items.length + ITEM_SIZE);
    const item = changetype<Item>(items.at + items.length);
    item.child = tree.child;
    item.length = tree.nameLength;
    items.length += ITEM_SIZE;
    items.append(tree.name, tree.nameLength);
  }

  private sort(orderAt: u32): void {
    const order = this.order;
    const length = order.length - orderAt;
    order.reserve(order.length + length / 2 + sizeof<u32>()); // what the sort sets aside stands behind
    this.byName.items = this.items.at;
    mergeSort(order.at + orderAt, order.at + order.length, length / sizeof<u32>(), this.byName);
  }

  private refuseTwins(tree: TreeReader, orderAt: u32): void {
    for (let at = orderAt + sizeof<u32>(); at < this.order.length; at += sizeof<u32>()) {
      const before = load<u32>(this.order.at + at - sizeof<u32>());
      if (this.byName.compare(before, load<u32>(this.order.at + at)) != 0) continue;
      const item = this.itemAt(at);
      const name = quote(changetype<usize>(item) + ITEM_SIZE, item.length);
      fail(ErrorCode.Corrupt, `tree: directory ${tree.id}: the name ${name} stands there twice`);
    }
  }
}
