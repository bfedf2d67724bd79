/** Copies that take sixteen bytes at a time, and spoil up to fifteen behind. */

import { patterns, strides } from "../repeat-patterns";

/** Most literals are few. Up to fifteen bytes behind them are loaded. */
// @ts-ignore: decorator
@inline
export function copyLiterals(to: usize, from: usize, length: u32): void {
  v128.store(to, v128.load(from));
  if (length > 16) {
    const end = to + length;
    let at = to + 16;
    let source = from + 16;
    do {
      v128.store(at, v128.load(source));
      at += 16;
      source += 16;
    } while (at < end);
  }
}

/** Repeats `length` bytes from `distance` back. */
// @ts-ignore: decorator
@inline
export function copyMatch(to: usize, distance: u32, length: u32): void {
  const end = to + length;
  let at = to;
  let from = to - distance;
  if (distance >= 16) {
    do {
      v128.store(at, v128.load(from));
      from += 16;
      at += 16;
    } while (at < end);
  } else {
    const pattern = v128.swizzle(v128.load(from), v128.load(patterns + distance * 16));
    const stride: usize = load<u8>(strides + distance);
    do {
      v128.store(at, pattern);
      at += stride;
    } while (at < end);
  }
}
