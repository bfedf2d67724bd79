/**
 * Names of files and streams, as Windows allows them in any filesystem.
 *
 * Source: Microsoft Learn, "Naming Files, Paths, and Namespaces".
 */
import { ByteBuffer } from "../../bytes/memory";
import { quote } from "../../bytes/quote";
import { appendUtf8 } from "../../bytes/utf16";
import { MAX_NAME_UNITS } from "../format";

const DOT: u16 = 0x2e;
const SLASH: u16 = 0x2f;
const COLON: u16 = 0x3a;
const BACKSLASH: u16 = 0x5c;

/** Whether a file could have the name; `.`, `..` and what parts names in a path it cannot. */
export function isFileName(name: usize, units: u32): bool {
  if (!isStreamName(name, units)) return false;
  if (load<u16>(name) != DOT) return true;
  return units != 1 && (units != 2 || load<u16>(name, 2) != DOT);
}

/** Whether an alternate stream could have the name. */
export function isStreamName(name: usize, units: u32): bool {
  if (units == 0 || units > MAX_NAME_UNITS) return false;
  for (let i: u32 = 0; i < units; i++) {
    const unit = load<u16>(name + 2 * i);
    if (unit == 0 || unit == SLASH || unit == BACKSLASH || unit == COLON) return false;
  }
  return true;
}

/** For a message. */
export function quoteName(name: usize, units: u32): string {
  const text = new ByteBuffer();
  appendUtf8(name, units, text);
  return quote(text.at, text.length);
}
