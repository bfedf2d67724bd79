/** What a header's letter says of its entry. */
import { Entry, EntryType } from "../tree/entry";
import { OtherType } from "./format";

const SLASH: u8 = 0x2f;

/** Whether nothing follows a header of that type, whatever its size says. */
export function isHeaderOnly(type: i32): bool {
  return type >= EntryType.HardLink && type <= EntryType.Fifo;
}

/** A file whose name ends in a slash, as before ustar; and GNU's directory with a list of its names for data. */
export function isDirectoryInDisguise(entry: Entry): bool {
  if (entry.type == OtherType.ListedDirectory) return true;
  return entry.type == EntryType.Regular && entry.nameLength > 0 && load<u8>(entry.name + entry.nameLength - 1) == SLASH;
}

/** Whether the entry tells of the archive, and is no file, although Go's reader takes it for one. */
export function isOfArchive(type: i32): bool {
  return type == OtherType.VolumeLabel || type == OtherType.Continued || type == OtherType.OldLongNames;
}
