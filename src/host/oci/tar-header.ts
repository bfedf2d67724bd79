/**
 * Headers of tar archives, as far as they say where a file stands.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
 */
import { latin1Of, textOf } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { TAR_CHECKSUM, tarChecksums } from "../tar-checksum.ts";
import { shown } from "./shown.ts";

export interface TarHeader {
  readonly name: string;

  /** Bytes of what follows the header, as the header has it. */
  readonly size: number;

  readonly type: string;
  readonly link: string;
}

type Field = readonly [at: number, width: number];

const NAME: Field = [0, 100];
const SIZE: Field = [124, 12];
const TYPE: Field = [156, 1];
const LINK_NAME: Field = [157, 100];
const MAGIC: Field = [257, 6];
const PREFIX: Field = [345, 155];

/** GNU's own magic ends in a blank, and other things stand where POSIX has a prefix. */
const POSIX_MAGIC = "ustar\0";

/**
 * @param subject  what a message begins with: the archive, and where the header stands
 * @throws ImageError  Corrupt
 */
export function parseHeader(block: Uint8Array, subject: string): TarHeader {
  assertChecksum(block, subject);
  const prefix = latin1At(block, MAGIC) === POSIX_MAGIC ? textAt(block, PREFIX) : "";
  const name = textAt(block, NAME);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    size: numberAt(block, SIZE, subject),
    type: textAt(block, TYPE),
    link: textAt(block, LINK_NAME),
  };
}

function assertChecksum(block: Uint8Array, subject: string): void {
  const stored = numberAt(block, TAR_CHECKSUM, subject);
  const sums = tarChecksums(block);
  if (sums.includes(stored)) return;
  throw new ImageError(ErrorCode.Corrupt, `${subject}: checksum ${stored}, computed ${sums[0]}`);
}

/** Up to the first NUL. */
function textAt(block: Uint8Array, [at, width]: Field): string {
  const field = block.subarray(at, at + width);
  const end = field.indexOf(0);
  return textOf(end < 0 ? field : field.subarray(0, end));
}

function latin1At(block: Uint8Array, [at, width]: Field): string {
  return latin1Of(block.subarray(at, at + width));
}

/** Octal digits with padding on either side; or, past what fits, big-endian binary behind a set top bit. */
function numberAt(block: Uint8Array, field: Field, subject: string): number {
  const value = block[field[0]]! & 0x80 ? binaryAt(block, field) : octalAt(block, field);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  const text = shown(latin1At(block, field));
  throw new ImageError(ErrorCode.Corrupt, `${subject}: "${text}" is no number`);
}

function octalAt(block: Uint8Array, field: Field): number {
  const [, digits] = /^[ \0]*([0-7]*)[ \0]*$/.exec(latin1At(block, field)) ?? [];
  return digits === undefined ? Number.NaN : Number.parseInt(digits || "0", 8);
}

function binaryAt(block: Uint8Array, [at, width]: Field): number {
  if (block[at]! & 0x40) return Number.NaN; // negative
  let value = block[at]! & 0x3f;
  for (const byte of block.subarray(at + 1, at + width)) value = value * 256 + byte;
  return value;
}
