/**
 * The checksum of a tar's header.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format".
 */

export const TAR_BLOCK_SIZE = 512;

/** Where it stands: byte, and bytes. */
export const TAR_CHECKSUM = [148, 8] as const;

const [FROM, WIDTH] = TAR_CHECKSUM;

/** The sum of a header's bytes, its own taken as blanks, and what programs of long ago made of it: they took bytes for signed. */
export function tarChecksums(header: Uint8Array): [unsigned: number, signed: number] {
  let unsigned = WIDTH * 0x20;
  let negative = 0;
  for (let at = 0; at < TAR_BLOCK_SIZE; at++) {
    if (at >= FROM && at < FROM + WIDTH) continue;
    unsigned += header[at]!;
    negative += header[at]! >> 7;
  }
  return [unsigned, unsigned - 256 * negative];
}

/** Whether `head` begins with a tar's header. */
export function beginsWithTarHeader(head: Uint8Array): boolean {
  if (head.length < TAR_BLOCK_SIZE) return false;
  const stored = String.fromCharCode(...head.subarray(FROM, FROM + WIDTH));
  const [, digits] = /^[ \0]*([0-7]+)[ \0]*$/.exec(stored) ?? [];
  return digits !== undefined && tarChecksums(head).includes(Number.parseInt(digits, 8));
}
