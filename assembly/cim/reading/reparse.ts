/**
 * Where symbolic links and junctions lead.
 *
 * Source: Microsoft, [MS-FSCC], §2.1.2.1, §2.1.2.4 "Symbolic Link Reparse Data Buffer", §2.1.2.5 "Mount Point Reparse Data
 * Buffer".
 */
export const MOUNT_POINT_TAG: u32 = 0xa000_0003;
export const SYMLINK_TAG: u32 = 0xa000_000c;

/** Tag, length of data, reserved. */
export const REPARSE_HEADER_SIZE: u32 = 8;
/** As the header, and a GUID: of tags that are not Microsoft's. */
export const REPARSE_GUID_HEADER_SIZE: u32 = 24;
const MICROSOFT_TAG: u32 = 0x8000_0000;
const DATA_LENGTH_AT: u32 = 4;
const NAME_OFFSET_AT: u32 = 8;
const NAME_LENGTH_AT: u32 = 10;
const MOUNT_POINT_NAMES_AT: u32 = 16;
const SYMLINK_NAMES_AT: u32 = 20;

const QUESTION: u16 = 0x3f;
const BACKSLASH: u16 = 0x5c;
const COLON: u16 = 0x3a;
/** Of `\??\`, which leads to all drives. */
const PREFIX_UNITS: u32 = 4;

export function isLinkTag(tag: u32): bool {
  return tag == SYMLINK_TAG || tag == MOUNT_POINT_TAG;
}

/** Whether lengths in the data fit the data. */
export function isReparse(at: usize, length: u32): bool {
  if (length < REPARSE_HEADER_SIZE) return false;
  const header = load<u32>(at) & MICROSOFT_TAG ? REPARSE_HEADER_SIZE : REPARSE_GUID_HEADER_SIZE;
  return header + <u32>load<u16>(at, DATA_LENGTH_AT) == length;
}

/** What a link leads to, in units of UTF-16. */
export class LinkTarget {
  at: usize = 0;
  units: u32 = 0;

  /** @param at  of reparse data with a tag of a link; @returns whether there is a target */
  find(at: usize, length: u32): bool {
    const names = load<u32>(at) == SYMLINK_TAG ? SYMLINK_NAMES_AT : MOUNT_POINT_NAMES_AT;
    if (!isReparse(at, length) || length < names) return false;
    const offset: u32 = load<u16>(at, NAME_OFFSET_AT);
    const bytes: u32 = load<u16>(at, NAME_LENGTH_AT);
    if (bytes == 0 || bytes % 2 != 0 || names + offset + bytes > length) return false;
    this.at = at + names + offset;
    this.units = bytes / 2;
    this.dropPrefix();
    return true;
  }

  /** `\??\C:\…` is what people know as `C:\…`. */
  private dropPrefix(): void {
    const at = this.at;
    if (this.units < PREFIX_UNITS + 2 || load<u16>(at, 2 * (PREFIX_UNITS + 1)) != COLON) return;
    if (load<u16>(at) != BACKSLASH || load<u16>(at, 2) != QUESTION) return;
    if (load<u16>(at, 4) != QUESTION || load<u16>(at, 6) != BACKSLASH) return;
    this.at = at + 2 * PREFIX_UNITS;
    this.units -= PREFIX_UNITS;
  }
}
