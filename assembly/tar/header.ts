/** What a header, and the records before it, say of one entry. */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Entry, EntryType, Time } from "../tree/entry";
import { Record, Records } from "../tree/record";
import { readInteger, readTime } from "../tree/record-value";
import { malformed, readNumber, resetMalformed, textLength, textLengthAt } from "./field";
import {
  BLOCK_SIZE, DEVICE_MAJOR, DEVICE_MINOR, Dialect, dialectOf, Field, GID, GNU_ATIME, GNU_CTIME, LINK_NAME, MODE, MTIME, NAME,
  offsetOf, PREFIX, SIZE, STAR_ATIME, STAR_CTIME, STAR_PREFIX, TYPE, UID,
} from "./format";
import {
  ATIME_KEY, CTIME_KEY, GID_KEY, LINK_PATH, MTIME_KEY, PATH, SIZE_KEY, UID_KEY,
} from "./pax";
import { Special } from "./special";

const SLASH: u8 = 0x2f;

/** Defaults that global records set: times and owners. A name or a size that all entries share makes no sense. */
class Defaults {
  private any: bool = false;
  private readonly mtime: Time = makeTime();
  private readonly atime: Time = makeTime();
  private readonly ctime: Time = makeTime();
  /** Below zero: none. */
  private uid: i64 = -1;
  private gid: i64 = -1;

  /** An empty value takes back what was set before. */
  add(records: Records): void {
    this.any = true;
    takeDefaultTime(this.mtime, records.find(MTIME_KEY));
    takeDefaultTime(this.atime, records.find(ATIME_KEY));
    takeDefaultTime(this.ctime, records.find(CTIME_KEY));
    const uid = records.find(UID_KEY);
    if (uid) this.uid = uid.valueLength > 0 ? readInteger(uid) : -1;
    const gid = records.find(GID_KEY);
    if (gid) this.gid = gid.valueLength > 0 ? readInteger(gid) : -1;
  }

  clear(): void {
    this.any = false;
    this.mtime.present = false;
    this.atime.present = false;
    this.ctime.present = false;
    this.uid = -1;
    this.gid = -1;
  }

  apply(entry: Entry): void {
    if (!this.any) return;
    copyTime(entry.mtime, this.mtime);
    copyTime(entry.atime, this.atime);
    copyTime(entry.ctime, this.ctime);
    if (this.uid >= 0) entry.uid = this.uid;
    if (this.gid >= 0) entry.gid = this.gid;
  }
}

function makeTime(): Time {
  const time = changetype<Time>(heap.alloc(offsetof<Time>()));
  time.present = false;
  return time;
}

function takeDefaultTime(time: Time, record: Record | null): void {
  if (!record) return;
  time.present = false;
  if (record.valueLength > 0) readTime(record, time);
}

function copyTime(to: Time, from: Time): void {
  if (from.present) memory.copy(changetype<usize>(to), changetype<usize>(from), offsetof<Time>());
}

export class HeaderReader {
  /** Bytes of content, as the header and then the records have it. */
  size: i64 = 0;
  private position: u64 = 0;
  /** What global records say of all that follow. */
  private defaults: Defaults = new Defaults();
  // A prefix and a name, joined.
  private joined: usize = heap.alloc(BLOCK_SIZE);
  private kept: usize = heap.alloc(BLOCK_SIZE);

  /**
   * Reads the fields of a header into `entry`, whose name and target then point into it.
   *
   * @param position  of the header in the archive, for messages
   * @fails Corrupt   a field that is no number
   */
  read(header: usize, position: u64, entry: Entry): void {
    this.position = position;
    resetMalformed();
    entry.type = load<u8>(header + offsetOf(TYPE));
    entry.name = header + offsetOf(NAME);
    entry.nameLength = textLength(header, NAME);
    entry.link = header + offsetOf(LINK_NAME);
    entry.linkLength = textLength(header, LINK_NAME);
    this.size = readNumber(header, SIZE);
    entry.mode = <u32>readNumber(header, MODE);
    entry.uid = readNumber(header, UID);
    entry.gid = readNumber(header, GID);
    setSeconds(entry.mtime, readNumber(header, MTIME));
    entry.atime.present = false;
    entry.ctime.present = false;
    entry.deviceMajor = 0;
    entry.deviceMinor = 0;
    entry.attributeCount = 0;

    const dialect = dialectOf(header);
    if (dialect != Dialect.V7) this.readRest(header, dialect, entry);
    if (malformed) this.refuse();
  }

  private readRest(header: usize, dialect: Dialect, entry: Entry): void {
    entry.deviceMajor = readNumber(header, DEVICE_MAJOR);
    entry.deviceMinor = readNumber(header, DEVICE_MINOR);
    if (dialect == Dialect.Ustar) return this.prepend(header, PREFIX, entry);
    if (dialect == Dialect.Star) {
      this.prepend(header, STAR_PREFIX, entry);
      setSeconds(entry.atime, readNumber(header, STAR_ATIME));
      setSeconds(entry.ctime, readNumber(header, STAR_CTIME));
      return;
    }
    this.readGnuTimes(header, entry);
  }

  /**
   * Go before 1.8 wrote a prefix where GNU has these times; a prefix is no number, and that tells them apart.
   * Source: Go's archive/tar, issues 12594 and 21005.
   */
  private readGnuTimes(header: usize, entry: Entry): void {
    if (malformed) this.refuse();
    if (load<u8>(header + offsetOf(GNU_ATIME)) != 0) setSeconds(entry.atime, readNumber(header, GNU_ATIME));
    if (load<u8>(header + offsetOf(GNU_CTIME)) != 0) setSeconds(entry.ctime, readNumber(header, GNU_CTIME));
    if (malformed) {
      entry.atime.present = false;
      entry.ctime.present = false;
      resetMalformed();
      if (isAscii(header + offsetOf(PREFIX), textLength(header, PREFIX))) this.prepend(header, PREFIX, entry);
    }
  }

  private refuse(): void {
    fail(ErrorCode.Corrupt, `tar: header at ${this.position}: a field that should be a number is none`);
  }

  private prepend(header: usize, prefix: Field, entry: Entry): void {
    const length = textLength(header, prefix);
    if (length == 0) return;
    memory.copy(this.joined, header + offsetOf(prefix), length);
    store<u8>(this.joined + length, SLASH);
    memory.copy(this.joined + length + 1, entry.name, entry.nameLength);
    entry.name = this.joined;
    entry.nameLength += length + 1;
  }

  /** @fails Corrupt  a field that is no number */
  number(header: usize, field: Field): i64 {
    resetMalformed();
    const value = readNumber(header, field);
    if (malformed) this.refuse();
    return value;
  }

  /**
   * Lets the records and long names before the header override it.
   *
   * @fails Corrupt  a record's value is not what its key asks for
   */
  merge(entry: Entry, special: Special): void {
    const longName = special.longName;
    const longLink = special.longLink;
    this.defaults.apply(entry);
    if (special.records.count > 0) this.mergeRecords(entry, special.records);
    const nameLength = textLengthAt(longName.at, longName.length);
    if (nameLength > 0) {
      entry.name = longName.at;
      entry.nameLength = nameLength;
    }
    const linkLength = textLengthAt(longLink.at, longLink.length);
    if (linkLength > 0) {
      entry.link = longLink.at;
      entry.linkLength = linkLength;
    }
    if (entry.type == 0) {
      // Before ustar there was no letter for directories, only a slash at the end.
      const isDirectory = entry.nameLength > 0 && load<u8>(entry.name + entry.nameLength - 1) == SLASH;
      entry.type = isDirectory ? EntryType.Directory : EntryType.Regular;
    }
  }

  private mergeRecords(entry: Entry, records: Records): void {
    const path = records.findValue(PATH);
    if (path) {
      entry.name = path.value;
      entry.nameLength = path.valueLength;
    }
    const link = records.findValue(LINK_PATH);
    if (link) {
      entry.link = link.value;
      entry.linkLength = link.valueLength;
    }
    const size = records.findValue(SIZE_KEY);
    if (size) this.size = readInteger(size);
    const uid = records.findValue(UID_KEY);
    if (uid) entry.uid = readInteger(uid);
    const gid = records.findValue(GID_KEY);
    if (gid) entry.gid = readInteger(gid);
    mergeTime(entry.mtime, records.findValue(MTIME_KEY));
    mergeTime(entry.atime, records.findValue(ATIME_KEY));
    mergeTime(entry.ctime, records.findValue(CTIME_KEY));
  }

  /** Takes global records as POSIX means them: defaults for all entries that follow. @fails Corrupt  as `merge` */
  addDefaults(records: Records): void {
    this.defaults.add(records);
  }

  /** Global records are those of another archive. */
  forgetDefaults(): void {
    this.defaults.clear();
  }

  /** Makes of `entry` what Go makes of global records: a name and attributes, and nothing else. */
  makeGlobal(entry: Entry, records: Records): void {
    const path = records.findValue(PATH);
    if (path) {
      entry.name = path.value;
      entry.nameLength = path.valueLength;
    }
    entry.linkLength = 0;
    entry.mode = 0;
    entry.uid = 0;
    entry.gid = 0;
    entry.size = 0;
    entry.deviceMajor = 0;
    entry.deviceMinor = 0;
    entry.mtime.present = false;
    entry.atime.present = false;
    entry.ctime.present = false;
  }

  /** Copies `header`, and turns a name or target that stands in it to the copy. */
  keep(entry: Entry, header: usize): void {
    memory.copy(this.kept, header, BLOCK_SIZE);
    if (entry.name - header < BLOCK_SIZE) entry.name += this.kept - header;
    if (entry.link - header < BLOCK_SIZE) entry.link += this.kept - header;
  }
}

function setSeconds(time: Time, seconds: i64): void {
  time.seconds = seconds;
  time.nanoseconds = 0;
  time.present = true;
}

function mergeTime(time: Time, record: Record | null): void {
  if (record) readTime(record, time);
}

function isAscii(from: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(from + i) >= 0x80) return false;
  return true;
}
