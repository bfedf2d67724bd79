/**
 * The order in which Go leaves what it sorts by a rule that is no order.
 *
 * hcsshim sorts attributes by "lower index, or shorter name, or lower name", under which of two both may come first.
 * What comes out then depends on every step of the sort, so every step is here: Go's sort.Slice since 1.24, a
 * pattern-defeating quicksort.
 *
 * Source: Peters, "Pattern-defeating Quicksort" (2021), with the thresholds and the generator of Go's package sort.
 */

/** A list of words in memory that this sorts. */
export abstract class Sortable {
  list: usize = 0;

  /** Whether the word `i` must come before the word `j`. */
  abstract less(i: i32, j: i32): bool;

  // @ts-ignore: decorator
  @inline
  word(i: i32): usize {
    return load<usize>(this.list + <usize>i * sizeof<usize>());
  }

  swap(i: i32, j: i32): void {
    const word = this.word(i);
    store<usize>(this.list + <usize>i * sizeof<usize>(), this.word(j));
    store<usize>(this.list + <usize>j * sizeof<usize>(), word);
  }
}

const enum Hint {
  Unknown,
  Increasing,
  Decreasing,
}

const MAX_INSERTION: i32 = 12;
const SHORTEST_NINTHER: i32 = 50;
const SHORTEST_SHIFTING: i32 = 50;
const MAX_SHIFTS: i32 = 5;
/** Of a ninther, all swapped. */
const ALL_SWAPS: i32 = 12;

/** Sorts the first `count` words. */
export function sortAsGo(data: Sortable, count: i32): void {
  quicksort(data, 0, count, 32 - clz(count));
}

/** @param badPivots  bad choices allowed before heapsort takes over */
function quicksort(data: Sortable, from: i32, to: i32, badPivots: i32): void {
  let a = from;
  let b = to;
  let balanced = true;
  let partitioned = true;
  while (true) {
    const length = b - a;
    if (length <= MAX_INSERTION) return insertionSort(data, a, b);
    if (badPivots == 0) return heapSort(data, a, b);
    if (!balanced) {
      breakPatterns(data, a, b);
      badPivots--;
    }

    let pivot = choosePivot(data, a, b);
    let hint = chosenHint;
    if (hint == Hint.Decreasing) {
      reverse(data, a, b);
      pivot = b - 1 - (pivot - a);
      hint = Hint.Increasing;
    }
    if (balanced && partitioned && hint == Hint.Increasing && partialInsertionSort(data, a, b)) return;

    // Nothing in here is below the word before: what equals it need not be looked at again.
    if (a > 0 && !data.less(a - 1, pivot)) {
      a = partitionEqual(data, a, b, pivot);
      continue;
    }

    const middle = partition(data, a, b, pivot);
    partitioned = alreadyPartitioned;
    const left = middle - a;
    const right = b - middle;
    if (left < right) {
      balanced = left >= length / 8;
      quicksort(data, a, middle, badPivots);
      a = middle + 1;
    } else {
      balanced = right >= length / 8;
      quicksort(data, middle + 1, b, badPivots);
      b = middle;
    }
  }
}

function insertionSort(data: Sortable, a: i32, b: i32): void {
  for (let i = a + 1; i < b; i++) {
    for (let j = i; j > a && data.less(j, j - 1); j--) data.swap(j, j - 1);
  }
}

function heapSort(data: Sortable, a: i32, b: i32): void {
  const count = b - a;
  for (let i = (count - 1) / 2; i >= 0; i--) siftDown(data, i, count, a);
  for (let i = count - 1; i >= 0; i--) {
    data.swap(a, a + i);
    siftDown(data, 0, i, a);
  }
}

function siftDown(data: Sortable, start: i32, count: i32, first: i32): void {
  let root = start;
  while (true) {
    let child = 2 * root + 1;
    if (child >= count) return;
    if (child + 1 < count && data.less(first + child, first + child + 1)) child++;
    if (!data.less(first + root, first + child)) return;
    data.swap(first + root, first + child);
    root = child;
  }
}

/** Whether the last `partition` found nothing to move. */
let alreadyPartitioned: bool = false;

/** @returns where the pivot came to stand: below it what is less, above it the rest */
function partition(data: Sortable, a: i32, b: i32, pivot: i32): i32 {
  data.swap(a, pivot);
  let i = a + 1;
  let j = b - 1;
  alreadyPartitioned = true;
  while (true) {
    while (i <= j && data.less(i, a)) i++;
    while (i <= j && !data.less(j, a)) j--;
    if (i > j) break;
    data.swap(i, j);
    i++;
    j--;
    alreadyPartitioned = false;
  }
  data.swap(j, a);
  return j;
}

/** @returns the first word above the pivot; nothing is below it */
function partitionEqual(data: Sortable, a: i32, b: i32, pivot: i32): i32 {
  data.swap(a, pivot);
  let i = a + 1;
  let j = b - 1;
  while (true) {
    while (i <= j && !data.less(a, i)) i++;
    while (i <= j && data.less(a, j)) j--;
    if (i > j) return i;
    data.swap(i, j);
    i++;
    j--;
  }
}

/** Mends a few words out of place. @returns whether that was all */
function partialInsertionSort(data: Sortable, a: i32, b: i32): bool {
  let i = a + 1;
  for (let shifts = 0; shifts < MAX_SHIFTS; shifts++) {
    while (i < b && !data.less(i, i - 1)) i++;
    if (i == b) return true;
    if (b - a < SHORTEST_SHIFTING) return false;
    data.swap(i, i - 1);
    if (i - a >= 2) {
      // Down to the first word of all, not of this part: so Go has it.
      for (let j = i - 1; j >= 1 && data.less(j, j - 1); j--) data.swap(j, j - 1);
    }
    if (b - i >= 2) {
      for (let j = i + 1; j < b && data.less(j, j - 1); j++) data.swap(j, j - 1);
    }
  }
  return false;
}

/** Scatters three words around the middle, the same three for the same length. */
function breakPatterns(data: Sortable, a: i32, b: i32): void {
  const length = b - a;
  if (length < 8) return;
  let random = <u64>length;
  const mask = (1 << (32 - clz(length))) - 1;
  const middle = a + (length / 4) * 2;
  for (let i = middle - 1; i <= middle + 1; i++) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    let other = <i32>(random & mask);
    if (other >= length) other -= length;
    data.swap(i, a + other);
  }
}

/** What the last `choosePivot` makes of the order it met. */
let chosenHint: Hint = Hint.Unknown;
let swaps: i32 = 0;

function choosePivot(data: Sortable, a: i32, b: i32): i32 {
  const length = b - a;
  const quarter = length / 4;
  let i = a + quarter;
  let j = a + quarter * 2;
  let k = a + quarter * 3;
  swaps = 0;
  if (length >= 8) {
    if (length >= SHORTEST_NINTHER) {
      i = median(data, i - 1, i, i + 1);
      j = median(data, j - 1, j, j + 1);
      k = median(data, k - 1, k, k + 1);
    }
    j = median(data, i, j, k);
  }
  chosenHint = swaps == 0 ? Hint.Increasing : swaps == ALL_SWAPS ? Hint.Decreasing : Hint.Unknown;
  return j;
}

function median(data: Sortable, a: i32, b: i32, c: i32): i32 {
  let low = a;
  let middle = b;
  let high = c;
  if (data.less(middle, low)) {
    swaps++;
    const index = low;
    low = middle;
    middle = index;
  }
  if (data.less(high, middle)) {
    swaps++;
    const index = middle;
    middle = high;
    high = index;
  }
  if (data.less(middle, low)) {
    swaps++;
    middle = low;
  }
  return middle;
}

function reverse(data: Sortable, a: i32, b: i32): void {
  for (let i = a, j = b - 1; i < j; i++, j--) data.swap(i, j);
}
