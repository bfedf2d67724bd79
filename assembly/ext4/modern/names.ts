/** The order of names in a directory: by their bytes where they fit one block, by their hashes where an index finds them. */
import { compareBytes } from "../../bytes/literal";
import { ByteBuffer } from "../../bytes/memory";
import { Order } from "../../bytes/merge-sort";
import { Inode, Name } from "../../tree/inode";
import { NameSorter, relink } from "../../tree/name-list";
import { hashName, minorHash } from "./hash";
import { sortByKey } from "./radix-sort";
import { State } from "./state";

export class NameOrder {
  /** After `arrange` of an indexed directory: its names with their hashes, a word each, the hash on top. */
  readonly hashed: ByteBuffer = new ByteBuffer();
  private sorter: NameSorter = new NameSorter();

  /** Puts the names of `directory` in the order in which they will be written. */
  arrange(directory: Inode): void {
    if (directory.state & State.Indexed) this.arrangeByHash(directory);
    else this.sorter.sort(directory, byBytes);
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
    relink(directory, pairs, sizeof<u64>());
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

class ByBytes extends Order {
  compare(a: usize, b: usize): i32 {
    const one = changetype<Name>(a);
    const other = changetype<Name>(b);
    return compareBytes(one.bytes, one.length, other.bytes, other.length);
  }
}
export const byBytes: Order = new ByBytes();
