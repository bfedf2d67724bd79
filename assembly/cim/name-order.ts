/** The order of names in link tables: by upper case, what is a beginning of another before it. */
import { allocate } from "../bytes/memory";
import { mergeSort, Order } from "../bytes/merge-sort";
import { WindowsFile, WindowsName, WindowsStream } from "../tree/windows/file";

const FIRST_SURROGATE: i32 = 0xd800;
const BEHIND_SURROGATES: i32 = 0xe000;

/** Sorts the names of directories, and alternate streams, where they are chained. */
export class NameOrder extends Order {
  private list: usize = 0;
  private capacity: u32 = 0;
  private comparesStreams: bool = false;

  /**
   * @param upcase       upper case of each unit, 65,536 u16
   * @param byCodePoint  whether surrogates come behind all other units
   */
  constructor(private upcase: usize, private byCodePoint: bool) {
    super();
  }

  sortNames(directory: WindowsFile): void {
    const count = this.gather(changetype<usize>(directory.firstName), offsetof<WindowsName>("next"));
    this.comparesStreams = false;
    this.sort(count);
    directory.firstName = changetype<WindowsName | null>(this.chain(count, offsetof<WindowsName>("next")));
    let previous: WindowsName | null = null;
    let name = directory.firstName;
    while (name) {
      name.previous = previous;
      previous = name;
      name = name.next;
    }
  }

  sortStreams(file: WindowsFile): void {
    const count = this.gather(changetype<usize>(file.firstStream), offsetof<WindowsStream>("next"));
    this.comparesStreams = true;
    this.sort(count);
    file.firstStream = changetype<WindowsStream | null>(this.chain(count, offsetof<WindowsStream>("next")));
  }

  compare(a: usize, b: usize): i32 {
    if (this.comparesStreams) {
      const left = changetype<WindowsStream>(a);
      const right = changetype<WindowsStream>(b);
      return this.compareUnits(left.at, left.units, right.at, right.units);
    }
    const left = changetype<WindowsName>(a);
    const right = changetype<WindowsName>(b);
    return this.compareUnits(left.at, left.units, right.at, right.units);
  }

  private compareUnits(a: usize, aUnits: u32, b: usize, bUnits: u32): i32 {
    const upcase = this.upcase;
    const both = min(aUnits, bUnits);
    for (let i: u32 = 0; i < both; i++) {
      const left: usize = load<u16>(a + 2 * i);
      const right: usize = load<u16>(b + 2 * i);
      if (left == right) continue;
      const order = this.rank(load<u16>(upcase + 2 * left)) - this.rank(load<u16>(upcase + 2 * right));
      if (order != 0) return order;
    }
    return <i32>aUnits - <i32>bUnits;
  }

  private rank(unit: i32): i32 {
    if (!this.byCodePoint || unit < FIRST_SURROGATE) return unit;
    return unit < BEHIND_SURROGATES ? unit + BEHIND_SURROGATES : unit;
  }

  /** Lists what is chained from `first` on. @returns how many */
  private gather(first: usize, nextAt: usize): u32 {
    let count: u32 = 0;
    for (let at = first; at != 0; at = load<usize>(at + nextAt)) count++;
    this.reserve(count);
    let to = this.list;
    for (let at = first; at != 0; at = load<usize>(at + nextAt)) {
      store<usize>(to, at);
      to += sizeof<usize>();
    }
    return count;
  }

  private sort(count: u32): void {
    mergeSort(this.list, this.list + count * sizeof<usize>(), count, this);
  }

  /** Chains what is listed. @returns the first */
  private chain(count: u32, nextAt: usize): usize {
    let next: usize = 0;
    for (let i = count; i > 0; i--) {
      const at = load<usize>(this.list + (i - 1) * sizeof<usize>());
      store<usize>(at + nextAt, next);
      next = at;
    }
    return next;
  }

  /** Room for so many and, behind them, half as many to sort with. */
  private reserve(count: u32): void {
    if (count <= this.capacity) return;
    this.capacity = max(count, 2 * this.capacity);
    this.list = allocate((<usize>this.capacity) * 3 * sizeof<usize>() / 2);
  }
}
