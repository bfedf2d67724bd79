/**
 * The extended attributes of one inode: which go into it and which into a block, in which order.
 *
 * Source: microsoft/hcsshim, ext4/internal/compactext4; the format is in xattr.ts.
 */
import { ErrorCode } from "../abi";
import { compareBytes, Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { mergeSort, Order } from "../bytes/merge-sort";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { BLOCK_SIZE, INODE_XATTR_SIZE, XATTR_BLOCK_HEADER_SIZE, XATTR_MAGIC, XattrBlockHeader, XattrEntry } from "./format";
import { Sortable, sortAsGo } from "./go-sort";
import { appendPrefix, DATA, encodeDataEntry, encodeList, ENTRY_SIZE, hashEntry, round4, setPrefix, Xattr } from "./xattr";

/** Both areas end their entries with an empty word. */
const INODE_ROOM: u32 = INODE_XATTR_SIZE - 4 - 4;
const BLOCK_ROOM: u32 = BLOCK_SIZE - XATTR_BLOCK_HEADER_SIZE - 4;

/** hcsshim counts an entry's bytes in eight bits when it reads back a name, and stops at a longer one. */
const MAX_DECODED_NAME: u32 = 255 - ENTRY_SIZE;
/** One block and two inode areas at most are decoded for an inode: each of them, and all names that can be in them. */
const DECODED_ROOM: u32 = 4 * (BLOCK_SIZE + (BLOCK_SIZE / ENTRY_SIZE) * 280);

/** Attributes of one inode on their way to disk. Used again for each. */
export class XattrSet {
  private list: ByteBuffer = new ByteBuffer();
  /** Areas that were decoded, and names put together from prefix and rest. It must not move: see DECODED_ROOM. */
  private text: ByteBuffer = new ByteBuffer();
  private order: ByteBuffer = new ByteBuffer();
  private inodeCount: u32 = 0;
  private blockCount: u32 = 0;
  private inodeUsed: u32 = 0;
  private blockUsed: u32 = 0;
  private dataLength: i32 = -1;

  constructor() {
    this.text.reserve(DECODED_ROOM);
  }

  clear(): void {
    this.list.clear();
    this.text.clear();
    this.dataLength = -1;
  }

  private get count(): u32 {
    return this.list.length / offsetof<Xattr>();
  }

  get isEmpty(): bool {
    return this.list.length == 0 && this.dataLength < 0;
  }

  private at(i: u32): Xattr {
    return changetype<Xattr>(this.list.at + i * offsetof<Xattr>());
  }

  /** Bytes of a small file that go before all attributes; -1: none do. */
  reserveData(length: u32): void {
    this.dataLength = length;
  }

  /** Appends an attribute; of two with one name the later counts. The bytes must stay where they are. */
  add(name: usize, nameLength: u32, value: usize, valueLength: u32): void {
    this.list.reserve(this.list.length + offsetof<Xattr>());
    const xattr = this.at(this.count);
    this.list.length += offsetof<Xattr>();
    xattr.name = name;
    xattr.nameLength = nameLength;
    xattr.value = value;
    xattr.valueLength = valueLength;
    setPrefix(xattr);
  }

  /** Whether the name is among the first `count`. */
  private has(name: usize, length: u32, count: u32): bool {
    for (let i: u32 = 0; i < count; i++) {
      const xattr = this.at(i);
      if (compareBytes(xattr.name, xattr.nameLength, name, length) == 0) return true;
    }
    return false;
  }

  remove(name: Literal): void {
    let kept: u32 = 0;
    for (let i: u32 = 0; i < this.count; i++) {
      const xattr = this.at(i);
      if (name.equals(xattr.name, xattr.nameLength)) continue;
      if (kept != i) memory.copy(changetype<usize>(this.at(kept)), changetype<usize>(xattr), offsetof<Xattr>());
      kept++;
    }
    this.list.length = kept * offsetof<Xattr>();
  }

  /**
   * Adds the attributes that stand at `area`, as `encode…` put them there. They are copied.
   *
   * @param delta    what value offsets count beyond `area`
   * @param replace  whether they win over those of the same name that are here
   */
  addEncoded(area: usize, size: u32, delta: u32, replace: bool): void {
    const before = replace ? 0 : this.count;
    const text = this.text;
    const copy = text.at + text.length;
    text.append(area, size);
    let at: u32 = 0;
    while (at < size) {
      const entry = changetype<XattrEntry>(copy + at);
      const nameLength = <u32>entry.nameLength;
      if (nameLength == 0) return;
      const valueAt = <u32>(<u16>(entry.valueOffset - delta));
      const ends = at + ENTRY_SIZE + nameLength <= size && <u64>valueAt + entry.valueSize <= size;
      if (!ends || nameLength > MAX_DECODED_NAME) refuseEncoded(copy + at);
      const from = text.length;
      appendPrefix(text, entry.nameIndex);
      text.append(copy + at + ENTRY_SIZE, nameLength);
      if (!this.has(text.at + from, text.length - from, before)) {
        this.add(text.at + from, text.length - from, copy + valueAt, entry.valueSize);
      }
      at += round4(nameLength) + ENTRY_SIZE;
    }
  }

  /**
   * Decides what goes where: in the order of full names, into the inode while there is room, else into the block.
   *
   * @fails OutOfRange  one fits neither
   */
  place(): void {
    this.inodeCount = 0;
    this.blockCount = 0;
    this.inodeUsed = this.dataLength < 0 ? 0 : ENTRY_SIZE + DATA.length + round4(this.dataLength);
    this.blockUsed = 0;
    const count = this.sort();
    const list = this.order.at;
    // Those of the inode gather behind the sorted ones, those of the block move to their front.
    for (let i: u32 = 0; i < count; i++) {
      const xattr = load<Xattr>(list + i * sizeof<usize>());
      const length = xattr.entryLength + round4(xattr.valueLength);
      if (this.inodeUsed + length <= INODE_ROOM) {
        this.inodeUsed += length;
        store<Xattr>(list + (count + this.inodeCount++) * sizeof<usize>(), xattr);
      } else if (this.blockUsed + length <= BLOCK_ROOM) {
        this.blockUsed += length;
        store<Xattr>(list + this.blockCount++ * sizeof<usize>(), xattr);
      } else {
        fail(ErrorCode.OutOfRange, `ext4: extended attribute ${quote(xattr.name, xattr.nameLength)} does not fit beside the others`);
      }
    }
    this.firstInInode = count;
  }
  private firstInInode: u32 = 0;

  /** Whether `encodeInode` has something to encode. */
  get usesInode(): bool {
    return this.inodeCount > 0 || this.dataLength >= 0;
  }

  get usesBlock(): bool {
    return this.blockCount > 0;
  }

  /** Encodes the area behind the inode's fields. @param area  INODE_XATTR_SIZE bytes, zero */
  encodeInode(area: usize): void {
    store<u32>(area, XATTR_MAGIC);
    let at = area + 4;
    let value = INODE_XATTR_SIZE - 4;
    if (this.dataLength >= 0) {
      value -= round4(this.dataLength);
      at = encodeDataEntry(area, this.dataLength, hashEntry(DATA.at, DATA.length, 0, 0), value);
    }
    encodeList(this.order.at + this.firstInInode * sizeof<usize>(), this.inodeCount, at, area + 4, value, 0);
  }

  /** Encodes the block. @param block  a block, zero */
  encodeBlock(block: usize): void {
    const header = changetype<XattrBlockHeader>(block);
    header.magic = XATTR_MAGIC;
    header.refCount = 1;
    header.blocks = 1;
    blockOrder.list = this.order.at;
    sortAsGo(blockOrder, this.blockCount);
    const area = block + XATTR_BLOCK_HEADER_SIZE;
    encodeList(this.order.at, this.blockCount, area, area, BLOCK_SIZE - XATTR_BLOCK_HEADER_SIZE, XATTR_BLOCK_HEADER_SIZE);
  }

  /** Fills `order` with one attribute a name, in order of names. @returns how many */
  private sort(): u32 {
    const count = this.count;
    this.order.reserve(2 * count * sizeof<usize>());
    const list = this.order.at;
    for (let i: u32 = 0; i < count; i++) store<Xattr>(list + i * sizeof<usize>(), this.at(i));
    mergeSort(list, list + count * sizeof<usize>(), count, byName); // of equal names, the last added stays last
    let kept: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const xattr = load<Xattr>(list + i * sizeof<usize>());
      const following = i + 1 < count ? load<Xattr>(list + (i + 1) * sizeof<usize>()) : null;
      if (following && compareNames(xattr, following) == 0) continue;
      store<Xattr>(list + kept++ * sizeof<usize>(), xattr);
    }
    return kept;
  }
}

/** hcsshim's rule, which is no order: see go-sort.ts. */
class BlockOrder extends Sortable {
  less(i: i32, j: i32): bool {
    const a = changetype<Xattr>(this.word(i));
    const b = changetype<Xattr>(this.word(j));
    if (a.index < b.index || a.restLength < b.restLength) return true;
    return compareBytes(a.name + a.prefixLength, a.restLength, b.name + b.prefixLength, b.restLength) < 0;
  }
}
const blockOrder = new BlockOrder(); // one for all: memory is never given back

function refuseEncoded(entry: usize): void {
  // Only a name past 255 bytes leads here: its length does not fit its field, and what follows cannot be found again.
  const name = quote(entry + ENTRY_SIZE, changetype<XattrEntry>(entry).nameLength);
  fail(ErrorCode.OutOfRange, `ext4: extended attribute ${name}: cannot be kept when its file is replaced`);
}

class ByName extends Order {
  compare(a: usize, b: usize): i32 {
    return compareNames(changetype<Xattr>(a), changetype<Xattr>(b));
  }
}
const byName = new ByName();

function compareNames(a: Xattr, b: Xattr): i32 {
  return compareBytes(a.name, a.nameLength, b.name, b.nameLength);
}
