/** A stable sort of words in memory: of equal ones, the first stays first. */

export abstract class Order {
  /** Below zero if the word `a` comes before the word `b`, above if after. */
  abstract compare(a: usize, b: usize): i32;
}

/**
 * Sorts `count` words.
 *
 * @param spare  room for half as many
 */
export function mergeSort(list: usize, spare: usize, count: u32, order: Order): void {
  if (count < 2) return;
  const half = count / 2;
  mergeSort(list, spare, half, order);
  mergeSort(list + half * sizeof<usize>(), spare, count - half, order);
  memory.copy(spare, list, half * sizeof<usize>());
  let left: u32 = 0;
  let right = half;
  for (let to: u32 = 0; left < half; to++) {
    const a = load<usize>(spare + left * sizeof<usize>());
    const takeRight = right < count && order.compare(load<usize>(list + right * sizeof<usize>()), a) < 0;
    store<usize>(list + to * sizeof<usize>(), takeRight ? load<usize>(list + right++ * sizeof<usize>()) : a);
    if (!takeRight) left++;
  }
}
