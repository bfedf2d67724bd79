/**
 * Writes archives in the pax format: ustar headers, and extended ones before them for all that those cannot say.
 *
 * Equal entries give equal bytes: no user names, no clock, no number of a process.
 *
 * Sources: POSIX.1-2001 pax(1); GNU tar manual, "Storing Sparse Files", PAX format 1.0.
 */
import { ErrorCode } from "../abi";
import { ByteStream } from "../byte-stream";
import { Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Sink } from "../sink";
import { Entry, EntryType, Time } from "../tree/entry";
import { computeChecksum } from "./field";
import {
  BLOCK_SIZE, CHECKSUM, DEVICE_MAJOR, DEVICE_MINOR, Field, GID, LINK_NAME, MAGIC, MAX_SPECIAL_SIZE, MODE, MTIME, NAME,
  offsetOf, SIZE, SpecialType, TYPE, UID, widthOf,
} from "./format";
import { ATIME_KEY, CTIME_KEY, GID_KEY, LINK_PATH, MTIME_KEY, PATH, SIZE_KEY, UID_KEY } from "./pax";
import { appendNumber, RecordList } from "./record-list";

const USTAR = new Literal("ustar\x0000");
const EXTENDED_PREFIX = new Literal("PaxHeaders.0/");
const SPARSE_PREFIX = new Literal("GNUSparseFile.0/");
const SPARSE_MAJOR = new Literal("GNU.sparse.major");
const SPARSE_MINOR = new Literal("GNU.sparse.minor");
const SPARSE_NAME = new Literal("GNU.sparse.name");
const SPARSE_SIZE = new Literal("GNU.sparse.realsize");
const NEWLINE: u8 = 0x0a;
const SPACE: u8 = 0x20;
const ZERO: u8 = 0x30;

const header = memory.data(512, 8);

/** Part of a file that has data; what lies between is zeros. Bytes. */
@unmanaged
export class Region {
  at: u64;     // 0x00
  length: u64; // 0x08
}

/**
 * Order of calls: for each entry `begin` or `beginSparse`, then `entry.size` bytes, or those of the regions, into `stream`,
 * then `end`; at last `finish`.
 */
export class TarWriter {
  readonly stream: ByteStream;
  private records: RecordList = new RecordList();
  private name: ByteBuffer = new ByteBuffer();
  private map: ByteBuffer = new ByteBuffer();

  constructor(sink: Sink) {
    this.stream = new ByteStream(sink);
  }

  /**
   * Writes the headers of `entry`. Times that are not present are left out; a name is written as it is given. Records come
   * behind all others, in their order: none may be of what the entry's own fields say.
   *
   * @fails OutOfRange  its records are more than readers take, or a device number is more than a header holds
   */
  begin(entry: Entry): void {
    this.records.clear();
    if (entry.nameLength > widthOf(NAME)) this.records.add(PATH, entry.name, entry.nameLength);
    this.addRecords(entry, entry.size);
    this.writeExtended(entry);
    fillHeader(entry.name, entry.nameLength, entry, entry.size);
    this.writeHeader();
  }

  /**
   * As `begin`, for a file of which only `count` regions have data: in their order, without overlap, none empty. All but
   * the last are whole blocks of 512 bytes: GNU tar takes each from the start of a block.
   */
  beginSparse(entry: Entry, regions: usize, count: u32): void {
    const size = this.encodeMap(entry.size, regions, count);
    const records = this.records;
    records.clear();
    records.addNumber(SPARSE_MAJOR, 1);
    records.addNumber(SPARSE_MINOR, 0);
    records.add(SPARSE_NAME, entry.name, entry.nameLength);
    records.addNumber(SPARSE_SIZE, entry.size);
    this.addRecords(entry, size);
    this.writeExtended(entry);
    this.setName(SPARSE_PREFIX, entry);
    fillHeader(this.name.at, this.name.length, entry, size);
    this.writeHeader();
    this.stream.append(this.map.at, this.map.length);
  }

  /** Ends the content of an entry. */
  end(): void {
    this.stream.pad(BLOCK_SIZE);
  }

  /** Ends the archive, and closes the sink. */
  finish(): void {
    this.stream.zeros(2 * BLOCK_SIZE);
    this.stream.close();
  }

  /** What the header's own fields have no room for. @param size  bytes that follow the header */
  private addRecords(entry: Entry, size: u64): void {
    const records = this.records;
    if (entry.linkLength > widthOf(LINK_NAME)) records.add(LINK_PATH, entry.link, entry.linkLength);
    if (size > limitOf(SIZE)) records.addNumber(SIZE_KEY, size);
    if (<u64>entry.uid > limitOf(UID)) records.addNumber(UID_KEY, entry.uid);
    if (<u64>entry.gid > limitOf(GID)) records.addNumber(GID_KEY, entry.gid);
    const mtime = entry.mtime;
    if (mtime.present && (mtime.nanoseconds > 0 || <u64>mtime.seconds > limitOf(MTIME))) records.addTime(MTIME_KEY, mtime);
    if (entry.atime.present) records.addTime(ATIME_KEY, entry.atime);
    if (entry.ctime.present) records.addTime(CTIME_KEY, entry.ctime);
    for (let i: u32 = 0; i < entry.attributeCount; i++) {
      const attribute = entry.attribute(i);
      records.addXattr(attribute.name, attribute.nameLength, attribute.value, attribute.valueLength);
    }
    for (let i: u32 = 0; i < entry.records.count; i++) {
      const record = entry.records.at(i);
      records.addRecord(record.key, record.keyLength, record.value, record.valueLength);
    }
  }

  private writeExtended(entry: Entry): void {
    const records = this.records;
    if (records.length == 0) return;
    if (records.length > MAX_SPECIAL_SIZE) {
      const name = quote(entry.name, entry.nameLength);
      fail(ErrorCode.OutOfRange, `tar: ${name}: extended header of ${records.length} bytes, past the ${MAX_SPECIAL_SIZE} that readers take`);
    }
    this.setName(EXTENDED_PREFIX, entry);
    memory.fill(header, 0, BLOCK_SIZE);
    setText(NAME, this.name.at, this.name.length);
    setNumber(MODE, 0o644);
    setNumber(UID, 0);
    setNumber(GID, 0);
    setNumber(SIZE, records.length);
    setNumber(MTIME, 0);
    store<u8>(header + offsetOf(TYPE), SpecialType.Records);
    this.writeHeader();
    this.stream.append(records.at, records.length);
    this.stream.pad(BLOCK_SIZE);
  }

  /** A name of its own for those who do not know what such a header is. */
  private setName(prefix: Literal, entry: Entry): void {
    this.name.clear();
    this.name.append(prefix.at, prefix.length);
    this.name.append(entry.name, entry.nameLength);
  }

  /**
   * Numbers on lines: how many regions, then offset and length of each. A hole at the end is closed by an empty region,
   * without which some readers end the file too early. @returns bytes that follow the header
   */
  private encodeMap(fileSize: u64, regions: usize, count: u32): u64 {
    const map = this.map;
    const last = changetype<Region>(regions + (count - 1) * offsetof<Region>());
    const endsInHole = count == 0 || last.at + last.length < fileSize;
    let data: u64 = 0;
    map.clear();
    appendLine(map, endsInHole ? count + 1 : count);
    for (let i: u32 = 0; i < count; i++) {
      const region = changetype<Region>(regions + i * offsetof<Region>());
      appendLine(map, region.at);
      appendLine(map, region.length);
      data += region.length;
    }
    if (endsInHole) {
      appendLine(map, fileSize);
      appendLine(map, 0);
    }
    while (map.length % BLOCK_SIZE != 0) map.appendByte(0);
    return map.length + data;
  }

  private writeHeader(): void {
    store<u64>(header + offsetOf(MAGIC), load<u64>(USTAR.at)); // "ustar", NUL, "00"
    setOctal(header + offsetOf(CHECKSUM), 6, computeChecksum(header));
    store<u8>(header + offsetOf(CHECKSUM) + 6, 0);
    store<u8>(header + offsetOf(CHECKSUM) + 7, SPACE);
    this.stream.append(header, BLOCK_SIZE);
  }
}

function fillHeader(name: usize, nameLength: u32, entry: Entry, size: u64): void {
  memory.fill(header, 0, BLOCK_SIZE);
  setText(NAME, name, nameLength);
  setNumber(MODE, entry.mode & 0o7777);
  setNumber(UID, entry.uid);
  setNumber(GID, entry.gid);
  setNumber(SIZE, size);
  setNumber(MTIME, entry.mtime.present && entry.mtime.seconds > 0 ? entry.mtime.seconds : 0);
  store<u8>(header + offsetOf(TYPE), <u8>entry.type);
  setText(LINK_NAME, entry.link, entry.linkLength);
  if (entry.type != EntryType.CharacterDevice && entry.type != EntryType.BlockDevice) return;
  if (<u64>max(entry.deviceMajor, entry.deviceMinor) > limitOf(DEVICE_MAJOR)) {
    const numbers = `${entry.deviceMajor}:${entry.deviceMinor}`;
    fail(ErrorCode.OutOfRange, `tar: ${quote(entry.name, entry.nameLength)}: device ${numbers} does not fit a header`);
  }
  setNumber(DEVICE_MAJOR, entry.deviceMajor);
  setNumber(DEVICE_MINOR, entry.deviceMinor);
}

/** As much of it as there is room for: where that is not all, a record says it. */
function setText(field: Field, from: usize, length: u32): void {
  memory.copy(header + offsetOf(field), from, min(length, widthOf(field)));
}

/** A number in octal, a NUL behind it; the greatest that fits, where a record says what it is. */
function setNumber(field: Field, value: u64): void {
  setOctal(header + offsetOf(field), widthOf(field) - 1, min<u64>(value, limitOf(field)));
}

function setOctal(at: usize, width: u32, value: u64): void {
  let left = value;
  for (let i = width; i > 0; i--) {
    store<u8>(at + i - 1, ZERO + <u8>(left & 7));
    left >>= 3;
  }
}

/** The greatest number that a field holds in octal. */
function limitOf(field: Field): u64 {
  return (<u64>1 << (3 * (widthOf(field) - 1))) - 1;
}

function appendLine(to: ByteBuffer, value: u64): void {
  appendNumber(to, value);
  to.appendByte(NEWLINE);
}
