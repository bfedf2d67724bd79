/** Bitmaps of blocks and inodes: bit 0 is the lowest of the first byte. */

/** Sets the bits from `from` up to `end`. */
export function setBits(bitmap: usize, from: u32, end: u32): void {
  let bit = from;
  for (; bit < end && bit % 8 != 0; bit++) setBit(bitmap, bit);
  const whole = (end - min(end, bit)) / 8;
  memory.fill(bitmap + bit / 8, 0xff, whole);
  for (bit += whole * 8; bit < end; bit++) setBit(bitmap, bit);
}

function setBit(bitmap: usize, bit: u32): void {
  store<u8>(bitmap + bit / 8, load<u8>(bitmap + bit / 8) | (<u8>1 << <u8>(bit % 8)));
}

export function clearBit(bitmap: usize, bit: u32): void {
  store<u8>(bitmap + bit / 8, load<u8>(bitmap + bit / 8) & ~((<u8>1 << <u8>(bit % 8))));
}
