/**
 * Extended attributes among the records of an entry, in all the forms that archivers give them.
 *
 * Sources: star(5) and GNU tar (`SCHILY.xattr`, `SCHILY.acl`, `RHT.security.selinux`); libarchive's tar(5)
 * (`LIBARCHIVE.xattr`: names percent-encoded, values in base64).
 */
import { ErrorCode } from "../abi";
import { decodeBase64 } from "../bytes/base64";
import { Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Attribute } from "../tree/entry";
import { Record, Records } from "../tree/record";
import { decodeAcl } from "./acl";

const SCHILY = new Literal("SCHILY.xattr.");
const LIBARCHIVE = new Literal("LIBARCHIVE.xattr.");
const ACCESS_TEXT = new Literal("SCHILY.acl.access");
const DEFAULT_TEXT = new Literal("SCHILY.acl.default");
const SELINUX_TEXT = new Literal("RHT.security.selinux");
const ACCESS = new Literal("system.posix_acl_access");
const DEFAULT = new Literal("system.posix_acl_default");
const SELINUX = new Literal("security.selinux");

const PERCENT: u8 = 0x25;
/** A byte of an ACL's text makes at most this many of its binary form: "u::" is an entry of eight, behind four of a header. */
const GROWTH: u32 = 4;

export class AttributeCollector {
  /** Attributes found: addresses into the records, or into `decoded`. */
  private list: ByteBuffer = new ByteBuffer();
  private decoded: ByteBuffer = new ByteBuffer();

  get at(): usize {
    return this.list.at;
  }

  get count(): u32 {
    return this.list.length / offsetof<Attribute>();
  }

  /** Takes those that Go's archive/tar knows. */
  collect(records: Records): void {
    this.list.clear();
    this.collectPlain(records);
  }

  /**
   * Takes those of every form. Of two for one attribute the later in the list counts, so the exact forms come last.
   *
   * @fails Corrupt  a value or name that does not decode
   */
  collectAll(records: Records): void {
    this.list.clear();
    if (records.count == 0) return;
    this.reserve(records);
    for (let i: u32 = 0; i < records.count; i++) this.takeText(records.at(i));
    for (let i: u32 = 0; i < records.count; i++) this.takeLibarchive(records.at(i));
    this.collectPlain(records);
  }

  private collectPlain(records: Records): void {
    for (let i: u32 = 0; i < records.count; i++) {
      const record = records.at(i);
      if (!SCHILY.startsOf(record.key, record.keyLength)) continue;
      this.add(record.key + SCHILY.length, record.keyLength - SCHILY.length, record.value, record.valueLength);
    }
  }

  /** What is decoded must not move while the list points to it. */
  private reserve(records: Records): void {
    let length: u32 = 0;
    for (let i: u32 = 0; i < records.count; i++) {
      const record = records.at(i);
      length += record.keyLength + GROWTH * record.valueLength + 8;
    }
    this.decoded.clear();
    this.decoded.reserve(length);
  }

  private takeText(record: Record): void {
    if (record.hasKey(SELINUX_TEXT)) return this.takeContext(record);
    const isAccess = record.hasKey(ACCESS_TEXT);
    if (!isAccess && !record.hasKey(DEFAULT_TEXT)) return;
    if (record.valueLength == 0) return; // as with all records: it takes back what was said before
    const name = isAccess ? ACCESS : DEFAULT;
    const from = this.decoded.length;
    if (!decodeAcl(record.value, record.valueLength, this.decoded)) refuse(record);
    this.add(name.at, name.length, this.decoded.at + from, this.decoded.length - from);
  }

  /** The kernel's tools keep a context with the NUL at its end, archivers without. */
  private takeContext(record: Record): void {
    if (record.valueLength == 0) return;
    const from = this.decoded.length;
    this.decoded.append(record.value, record.valueLength);
    if (load<u8>(record.value + record.valueLength - 1) != 0) this.decoded.appendByte(0);
    this.add(SELINUX.at, SELINUX.length, this.decoded.at + from, this.decoded.length - from);
  }

  private takeLibarchive(record: Record): void {
    if (!LIBARCHIVE.startsOf(record.key, record.keyLength)) return;
    const name = this.decoded.length;
    if (!decodePercent(record.key + LIBARCHIVE.length, record.keyLength - LIBARCHIVE.length, this.decoded)) refuse(record);
    const value = this.decoded.length;
    if (!decodeBase64(record.value, record.valueLength, this.decoded)) refuse(record);
    this.add(this.decoded.at + name, value - name, this.decoded.at + value, this.decoded.length - value);
  }

  private add(name: usize, nameLength: u32, value: usize, valueLength: u32): void {
    const list = this.list;
    list.reserve(list.length + offsetof<Attribute>());
    const attribute = changetype<Attribute>(list.at + list.length);
    attribute.name = name;
    attribute.nameLength = nameLength;
    attribute.value = value;
    attribute.valueLength = valueLength;
    list.length += offsetof<Attribute>();
  }
}

function refuse(record: Record): void {
  const value = quote(record.value, min<u32>(record.valueLength, 80));
  fail(ErrorCode.Corrupt, `tar: record ${quote(record.key, record.keyLength)}: "${value}" does not decode`);
}

/** @returns whether every percent sign has its two digits, and no NUL comes of it */
function decodePercent(from: usize, length: u32, to: ByteBuffer): bool {
  const end = from + length;
  for (let at = from; at < end; at++) {
    let byte: u32 = load<u8>(at);
    if (byte == PERCENT) {
      if (end - at < 3) return false;
      byte = (hexDigit(load<u8>(at + 1)) << 4) | hexDigit(load<u8>(at + 2));
      if (byte > 0xff) return false;
      at += 2;
    }
    if (byte == 0) return false;
    to.appendByte(<u8>byte);
  }
  return true;
}

/** @returns 256 for what is none, so that a byte made of it is out of range */
function hexDigit(letter: u32): u32 {
  if (letter - 0x30 < 10) return letter - 0x30;
  const lower = letter | 0x20;
  return lower - 0x61 < 6 ? lower - 0x61 + 10 : 256;
}
