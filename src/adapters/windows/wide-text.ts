/** Text that Windows writes: UTF-16, up to a zero. */
import koffi from "koffi";

/** Units of UTF-16 in the longest path: 32,767, and the zero. */
const LONGEST_PATH = 32_768;

export const pathBuffer = (): Buffer => Buffer.alloc(2 * LONGEST_PATH);

/** What a function takes for the size of `buffer`. */
export const unitsOf = (buffer: Buffer): number => buffer.length / 2;

/** In a buffer of ours. */
export function textOf(buffer: Buffer): string {
  return buffer.toString("utf16le").split("\0", 1)[0]!;
}

/** @param pointer  as koffi gives it */
export const textAt = (pointer: unknown): string => koffi.decode(pointer, "char16_t", -1);
