/**
 * Records of an extended header, `length key=value\n`, as far as they say where a file stands.
 *
 * Source: POSIX.1-2017, pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files".
 */
import { latin1Of, textOf } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { shown } from "./shown.ts";

/** What an extended header says of the entry after it. */
export interface TarOverride {
  name?: string;
  link?: string;
  size?: number;
  sparse?: boolean;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;

/**
 * @param subject  what a message begins with
 * @throws ImageError  Corrupt
 */
export function parseRecords(body: Uint8Array, subject: string): TarOverride {
  const found: TarOverride = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(SPACE, at);
    const digits = space < 0 ? "" : latin1Of(body.subarray(at, Math.min(space, at + 20)));
    const end = at + (/^\d+$/.test(digits) ? Number(digits) : 0);
    const equals = body.indexOf(EQUALS, space);
    if (end <= space || end > body.length || body[end - 1] !== NEWLINE || equals < 0 || equals >= end) {
      throw new ImageError(ErrorCode.Corrupt, `${subject}: no sound record in its extended header, ${at} bytes in`);
    }
    apply(textOf(body.subarray(space + 1, equals)), textOf(body.subarray(equals + 1, end - 1)), found, subject);
    at = end;
  }
  return found;
}

/** A key that is not looked at here says nothing of places. */
function apply(key: string, value: string, into: TarOverride, subject: string): void {
  if (key === "path") into.name = clean(value, subject);
  else if (key === "linkpath") into.link = clean(value, subject);
  else if (key === "size") into.size = parseSize(value, subject);
  else if (key.startsWith("GNU.sparse.")) into.sparse = true;
}

/** A NUL ends names everywhere else, so a name that holds one would be another name elsewhere. */
function clean(name: string, subject: string): string {
  if (name !== "" && !name.includes("\0")) return name;
  throw new ImageError(ErrorCode.Corrupt, `${subject}: "${shown(name)}" is no name`);
}

function parseSize(value: string, subject: string): number {
  const size = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(size)) return size;
  throw new ImageError(ErrorCode.Corrupt, `${subject}: "${shown(value)}" is no size`);
}
