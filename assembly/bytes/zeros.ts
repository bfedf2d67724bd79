/** Bytes that need no place: what is never written reads as zeros. */

/** Whether all `length` bytes at `from` are zero. Most that are not are told by their first word. */
export function isZero(from: usize, length: usize): bool {
  let at = from;
  const end = from + length;
  for (const wide = from + (length & ~15); at < wide; at += 16) {
    if (v128.any_true(v128.load(at))) return false;
  }
  for (; at < end; at++) if (load<u8>(at) != 0) return false;
  return true;
}
