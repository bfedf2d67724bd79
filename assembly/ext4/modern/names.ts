/** The order of names in a directory: by their bytes where they fit one block, by their hashes where an index finds them. */
import { compareBytes } from "../../bytes/literal";
import { ByteBuffer } from "../../bytes/memory";
import { mergeSort, Order } from "../../bytes/merge-sort";
import { Inode, Name } from "../../tree/inode";
import { hashName, minorHash } from "./hash";
import { sortByKey } from "./radix-sort";
import { State } from "./state";

export class NameOrder {
  /** After `arrange` of an indexed directory: its names with their hashes, a word each, the hash on top. */
  readonly hashed: ByteBuffer = new ByteBuffer();
  private order: ByteBuffer = new ByteBuffer();

  /** Puts the names of `directory` in the order in which they will be written. */
  arrange(directory: Inode): void {
    if (directory.state & State.Indexed) this.arrangeByHash(directory);
    else if (!isSorted(directory)) this.arrangeByBytes(directory);
  }

  private arrangeByBytes(directory: Inode): void {
    const count = directory.nameCount;
    this.order.reserve(2 * count * sizeof<usize>());
    const list = this.order.at;
    let at = list;
    let name = directory.firstName;
    while (name) {
      store<Name>(at, name);
      name = name.next;
      at += sizeof<usize>();
    }
    mergeSort(list, at, count, byBytes);
    relink(directory, list, sizeof<usize>(), count);
  }

  private arrangeByHash(directory: Inode): void {
    const count = directory.nameCount;
    this.hashed.reserve(2 * count * sizeof<u64>());
    const pairs = this.hashed.at;
    let at = pairs;
    let name = directory.firstName;
    while (name) {
      store<u64>(at, ((<u64>hashName(name.bytes, name.length)) << 32) | changetype<usize>(name));
      name = name.next;
      at += sizeof<u64>();
    }
    sortByKey(pairs, at, count);
    this.settleTies(count);
    relink(directory, pairs, sizeof<u64>(), count);
  }

  /** Names of one hash stand in the order of their minor ones, and those by their bytes. Few in a directory are. */
  private settleTies(count: u32): void {
    const pairs = this.hashed.at;
    for (let i: u32 = 1; i < count; i++) {
      const pair = load<u64>(pairs + i * 8);
      let to = i;
      while (to > 0 && comesBefore(pair, load<u64>(pairs + (to - 1) * 8))) {
        store<u64>(pairs + to * 8, load<u64>(pairs + (to - 1) * 8));
        to--;
      }
      store<u64>(pairs + to * 8, pair);
    }
  }
}

/** Of a pair that stands behind another: whether it should not. */
function comesBefore(pair: u64, other: u64): bool {
  if (<u32>(pair >> 32) != <u32>(other >> 32)) return false;
  const a = changetype<Name>(<usize>pair);
  const b = changetype<Name>(<usize>other);
  hashName(a.bytes, a.length);
  const minor = minorHash;
  hashName(b.bytes, b.length);
  if (minor != minorHash) return minor < minorHash;
  return compareBytes(a.bytes, a.length, b.bytes, b.length) < 0;
}

/** @param stride  bytes from one name's address in `list` to the next */
function relink(directory: Inode, list: usize, stride: u32, count: u32): void {
  let last: Name | null = null;
  for (let i: u32 = 0; i < count; i++) {
    const name = load<Name>(list + i * stride);
    if (last) last.next = name;
    else directory.firstName = name;
    last = name;
  }
  if (last) last.next = null;
  directory.lastName = last;
}

/** Most directories are, as archivers walk them. */
function isSorted(directory: Inode): bool {
  let name = directory.firstName;
  while (name) {
    const following = name.next;
    if (following && compareNames(following, name) < 0) return false;
    name = following;
  }
  return true;
}

class ByBytes extends Order {
  compare(a: usize, b: usize): i32 {
    return compareNames(changetype<Name>(a), changetype<Name>(b));
  }
}
const byBytes = new ByBytes();

function compareNames(a: Name, b: Name): i32 {
  return compareBytes(a.bytes, a.length, b.bytes, b.length);
}
