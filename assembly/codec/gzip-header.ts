/**
 * The header of a gzip member, taken byte by byte.
 *
 * Source: RFC 1952, 2.3.
 */
import { crc32 } from "../bytes/crc32";
import { BitReader } from "./bit-reader";

const ID: u32 = 0x8b1f;
const DEFLATE: u32 = 8;

// Of "FLG".
const HAS_CRC: u32 = 1 << 1;
const HAS_EXTRA: u32 = 1 << 2;
const HAS_NAME: u32 = 1 << 3;
const HAS_COMMENT: u32 = 1 << 4;
const RESERVED_FLAGS: u32 = 0xe0;

/** In their order. */
const enum Field {
  Id,
  Method,
  Flags,
  /** "MTIME", "XFL" and "OS". */
  Origin,
  ExtraLength,
  Extra,
  Name,
  Comment,
  Crc,
  End,
}

/** The byte at hand, where a checksum can be made of it. */
const byteAt = memory.data(1, 1);

export class GzipHeader {
  private field: Field = Field.Id;
  /** Bytes of the field to come. */
  private left: u32 = 0;
  /** Those that came, as a number. */
  private value: u32 = 0;
  private length: u32 = 0;
  private flags: u32 = 0;
  private extraLength: u32 = 0;
  private crc: u32 = 0;

  /** @param reader  has just given the byte that is taken, and fails where it is wrong */
  constructor(private reader: BitReader) {}

  begin(): void {
    this.flags = 0;
    this.extraLength = 0;
    this.crc = 0;
    this.enter(Field.Id);
  }

  /**
   * @returns whether the header is complete
   * @fails Corrupt
   */
  take(byte: u32): bool {
    const field = this.field;
    if (field != Field.Crc) {
      store<u8>(byteAt, <u8>byte);
      this.crc = crc32(this.crc, byteAt, 1);
    }
    if (field == Field.Name || field == Field.Comment) {
      if (byte != 0) return false;
    } else {
      this.value |= byte << (8 * this.length++);
      if (--this.left > 0) return false;
    }
    this.check();
    this.enter(field + 1);
    return this.field == Field.End;
  }

  /** Goes on with `field`, or the first behind it that is there. */
  private enter(field: Field): void {
    let next = field;
    while (next < Field.End && this.lengthOf(next) == 0) next++;
    this.left = this.lengthOf(next);
    this.length = 0;
    this.value = 0;
    this.field = next;
  }

  /** Bytes of a field, 1 for one that a zero ends; 0: it is not there. */
  private lengthOf(field: Field): u32 {
    switch (field) {
      case Field.Id:
        return 2;
      case Field.Origin:
        return 6;
      case Field.ExtraLength:
        return this.flags & HAS_EXTRA ? 2 : 0;
      case Field.Extra:
        return this.extraLength;
      case Field.Name:
        return this.flags & HAS_NAME ? 1 : 0;
      case Field.Comment:
        return this.flags & HAS_COMMENT ? 1 : 0;
      case Field.Crc:
        return this.flags & HAS_CRC ? 2 : 0;
      default:
        return 1;
    }
  }

  /** The field at hand is complete. */
  private check(): void {
    const value = this.value;
    switch (this.field) {
      case Field.Id:
        if (value != ID) this.reader.fail(`${hex(value)} does not begin a member`, 2);
        break;
      case Field.Method:
        if (value != DEFLATE) this.reader.fail(`compression method ${value} is not DEFLATE, ${DEFLATE}`, 1);
        break;
      case Field.Flags:
        if (value & RESERVED_FLAGS) this.reader.fail(`flags ${hex(value)} are reserved`, 1);
        this.flags = value;
        break;
      case Field.ExtraLength:
        this.extraLength = value;
        break;
      case Field.Crc:
        if (value != (this.crc & 0xffff)) this.reader.fail(`header checksum ${hex(value)}, computed ${hex(this.crc & 0xffff)}`, 2);
        break;
      default:
    }
  }
}

/** Four digits and more. */
function hex(value: u32): string {
  return "0x" + value.toString(16).padStart(4, "0");
}
