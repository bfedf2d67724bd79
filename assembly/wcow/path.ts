/**
 * Names of a layer's archive as paths of Windows: parts in units of UTF-16 with `\` between them, and the alternate stream
 * that the last may name.
 *
 * Sources: Microsoft, [MS-FSCC], §2.1.5 "Pathname"; "Naming Files, Paths, and Namespaces".
 */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { appendUtf16, appendUtf8 } from "../bytes/utf16";
import { fail } from "../host";

const MAX_NAME_UNITS: u32 = 255;
/** `.wh.`, by which a whiteout's name is longer than the one that it hides. */
const WHITEOUT_UNITS: u32 = 4;
const WHITEOUT_PREFIX: u64 = 0x002e_0068_0077_002e;
const MAX_PATH_UNITS: u32 = 32_767;

const SLASH: u16 = 0x2f;
const BACKSLASH: u16 = 0x5c;
const COLON: u16 = 0x3a;
const DOT: u16 = 0x2e;
const SPACE: u16 = 0x20;

export class WindowsPath {
  private buffer: ByteBuffer = new ByteBuffer();
  /** As the archive has it, while its entry is at hand. */
  private name: usize = 0;
  private nameLength: u32 = 0;
  /** 0: the root. Without the stream. */
  units: u32 = 0;
  /** Where the last part begins, in units. */
  private last: u32 = 0;
  /** 0: it names no stream. */
  streamUnits: u32 = 0;
  private streamFrom: u32 = 0;

  /** Address of the first unit. Moves when another path is taken. */
  get at(): usize {
    return this.buffer.at;
  }

  /** The last part. */
  get base(): usize {
    return this.at + 2 * this.last;
  }

  get baseUnits(): u32 {
    return this.units - this.last;
  }

  /** Units of all but the last part; 0: it stands in the root. */
  get parentUnits(): u32 {
    return this.last > 0 ? this.last - 1 : 0;
  }

  get stream(): usize {
    return this.at + 2 * this.streamFrom;
  }

  /**
   * Takes the place of what was here. A leading `./` and a trailing `/` are archivers' manners and no parts.
   *
   * @param name  in UTF-8, with `/`; it is shown in messages for as long as the entry is at hand
   * @fails Corrupt     Windows has no such name, or it leads out of the layer
   * @fails OutOfRange  a part of it, or all, is longer than Windows has them
   */
  take(name: usize, length: u32): void {
    this.name = name;
    this.nameLength = length;
    this.units = 0;
    this.last = 0;
    this.streamUnits = 0;
    this.buffer.clear();
    let from = name;
    const end = length > 0 && load<u8>(name + length - 1) == <u8>SLASH ? name + length - 1 : name + length;
    if (length == 0) this.refuse("an empty name");
    if (load<u8>(name) == <u8>SLASH) this.refuse("an absolute path");
    if (load<u8>(name) == <u8>DOT) {
      if (length == 1) return; // the root
      if (load<u8>(name + 1) == <u8>SLASH) from += 2;
    }
    if (from > end) return; // "./" is the root too
    if (!appendUtf16(from, <u32>(end - from), this.buffer)) this.refuse("no UTF-8");
    this.split(this.buffer.length / 2, from > name);
  }

  /** Turns to the directory that the last part is in. */
  dropBase(): void {
    this.units = this.parentUnits;
    this.last = this.units;
    while (this.last > 0 && this.unit(this.last - 1) != BACKSLASH) this.last--;
  }

  /** Leaves out the first `units` units of the last part. @fails Corrupt  what is left is no name */
  cutBase(units: u32): void {
    const rest = this.baseUnits - units;
    memory.copy(this.base, this.base + 2 * units, 2 * rest);
    this.units = this.last + rest;
    this.checkPart(this.last, this.units);
  }

  /** Takes a copy of `units` units that were once a path. */
  restore(from: usize, units: u32): void {
    this.name = 0;
    this.buffer.clear();
    this.buffer.append(from, 2 * units);
    this.units = units;
    this.last = 0;
    this.streamUnits = 0;
    for (let i: u32 = 0; i < units; i++) if (this.unit(i) == BACKSLASH) this.last = i + 1;
  }

  equals(other: WindowsPath): bool {
    return this.units == other.units && memory.compare(this.at, other.at, 2 * this.units) == 0;
  }

  /** Units of the part that begins at unit `from`. */
  partUnits(from: u32): u32 {
    let end = from;
    while (end < this.units && this.unit(end) != BACKSLASH) end++;
    return end - from;
  }

  /** For messages. */
  get quoted(): string {
    return this.name != 0 ? quote(this.name, this.nameLength) : quoteUnits(this.at, this.units);
  }

  /** Finds the parts, of `count` units in all. @param isDotted  whether a `./` stood before them: then there may be none */
  private split(count: u32, isDotted: bool): void {
    let part: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const unit = this.unit(i);
      if (unit == SLASH) {
        this.checkPart(part, i);
        store<u16>(this.at + 2 * i, BACKSLASH);
        part = i + 1;
      } else if (unit == COLON) {
        if (i > 0 || !isDotted) this.endAt(part, i);
        this.takeStream(i + 1, count);
        return;
      } else if (isForbidden(unit)) this.refuse(`${describe(unit)} is in no name of Windows`);
    }
    this.endAt(part, count);
  }

  private endAt(part: u32, end: u32): void {
    const isWhiteout = end - part > WHITEOUT_UNITS && load<u64>(this.at + 2 * part) == WHITEOUT_PREFIX;
    this.checkPart(isWhiteout ? part + WHITEOUT_UNITS : part, end);
    if (end > MAX_PATH_UNITS) this.refuseLength(`${end} units of UTF-16, past the limit of ${MAX_PATH_UNITS} for a path`);
    this.last = part;
    this.units = end;
  }

  private checkPart(from: u32, end: u32): void {
    const units = end - from;
    if (units == 0) this.refuse("an empty name");
    if (units > MAX_NAME_UNITS) this.refuseLength(`a name of ${units} units of UTF-16, past the limit of ${MAX_NAME_UNITS}`);
    if (this.unit(from) != DOT || units > 2) return;
    if (units == 1) this.refuse('"." is no name');
    if (this.unit(from + 1) == DOT) this.refuse('".." leads out of its directory');
  }

  /** `name` or `name:$DATA`: names of streams may have what those of files may not, even control characters. */
  private takeStream(from: u32, count: u32): void {
    let end = from;
    for (let i = from; i < count; i++) {
      const unit = this.unit(i);
      if (unit == SLASH) this.refuse('":" is in no name of a directory, and drives have no place in a layer');
      if (unit == BACKSLASH || unit == 0) this.refuse(`${describe(unit)} is in no name of a stream`);
    }
    while (end < count && this.unit(end) != COLON) end++;
    if (end == from) this.refuse("a stream without a name");
    if (end - from > MAX_NAME_UNITS) {
      this.refuseLength(`a stream's name of ${end - from} units of UTF-16, past the limit of ${MAX_NAME_UNITS}`);
    }
    if (end < count && !this.isData(end + 1, count)) this.refuse("a stream of another type than $DATA");
    this.streamFrom = from;
    this.streamUnits = end - from;
  }

  private isData(from: u32, end: u32): bool {
    if (end - from != 5 || this.unit(from) != 0x24) return false;
    const letters: u64 = load<u64>(this.at + 2 * (from + 1)) & ~0x0020_0020_0020_0020;
    return letters == 0x0041_0054_0041_0044; // "DATA"
  }

  private unit(index: u32): u16 {
    return load<u16>(this.at + 2 * index);
  }

  private refuse(why: string): void {
    fail(ErrorCode.Corrupt, `layer: "${quote(this.name, this.nameLength)}": ${why}`);
  }

  private refuseLength(why: string): void {
    fail(ErrorCode.OutOfRange, `layer: "${quote(this.name, this.nameLength)}": ${why}`);
  }
}

/** For messages. */
export function quoteUnits(at: usize, units: u32): string {
  const text = new ByteBuffer();
  appendUtf8(at, units, text);
  return quote(text.at, text.length);
}

function isForbidden(unit: u16): bool {
  switch (unit) {
    case 0x22: // "
    case 0x2a: // *
    case 0x3c: // <
    case 0x3e: // >
    case 0x3f: // ?
    case BACKSLASH:
    case 0x7c: // |
      return true;
  }
  return unit < SPACE;
}

function describe(unit: u16): string {
  return unit < SPACE ? `the control character ${unit}` : `'${String.fromCharCode(unit)}'`;
}
