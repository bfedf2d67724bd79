/** Counts of bytes, as people write and read them. */
export { formatBytes } from "../format-bytes.ts";

/**
 * `4096`, `64M`, `16GiB`, `1T`: letters are powers of 1,024.
 *
 * @throws Error  if it is something else
 */
export function parseBytes(text: string): number {
  const [, digits, letter] = /^(\d+)(?:([KMGT])(?:i?B)?|B)?$/i.exec(text) ?? [];
  if (digits === undefined) throw new Error("is not a size; write bytes, or a number with K, M, G or T, such as 64M");
  const unit = letter === undefined ? 0 : "KMGT".indexOf(letter.toUpperCase()) + 1;
  const count = Number(digits) * 1024 ** unit;
  if (!Number.isSafeInteger(count)) throw new Error(`is past the largest size, ${Number.MAX_SAFE_INTEGER} bytes`);
  return count;
}
