/**
 * Names of files and streams, as Windows allows them in any filesystem.
 *
 * Source: Microsoft Learn, "Naming Files, Paths, and Namespaces".
 */

const MAX_UNITS: u32 = 255;
const SLASH: u16 = 0x2f;
const BACKSLASH: u16 = 0x5c;
const COLON: u16 = 0x3a;
const DOT: u16 = 0x2e;

/** Whether a file could have the name; `.`, `..` and what parts names in a path it cannot. */
export function isFileName(name: usize, units: u32): bool {
  if (!isStreamName(name, units)) return false;
  if (load<u16>(name) != DOT) return true;
  return units != 1 && (units != 2 || load<u16>(name, 2) != DOT);
}

/** Whether an alternate stream could have the name. */
export function isStreamName(name: usize, units: u32): bool {
  if (units == 0 || units > MAX_UNITS) return false;
  for (let i: u32 = 0; i < units; i++) {
    const unit = load<u16>(name + 2 * i);
    if (unit == 0 || unit == SLASH || unit == BACKSLASH || unit == COLON) return false;
  }
  return true;
}
