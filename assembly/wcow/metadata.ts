/**
 * What an entry says of a file of Windows: its records, and where they are silent what Windows takes for granted.
 *
 * Sources: go-winio, package backuptar (`MSWINDOWS.*`); libarchive tar(5) (`LIBARCHIVE.creationtime`); hcsshim,
 * internal/wclayer/cim.
 */
import { ErrorCode } from "../abi";
import { decodeBase64 } from "../bytes/base64";
import { Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Entry, EntryType, Time } from "../tree/entry";
import { Record } from "../tree/record";
import { parsedInteger, parseInteger, readTime } from "../tree/record-value";
import { ARCHIVE, DIRECTORY, HIDDEN, NORMAL, READONLY, REPARSE_POINT, SPARSE_FILE, SYSTEM } from "../tree/windows/attributes";
import { fileTimeOf, isFileTime } from "../tree/windows/file-time";
import { WindowsMetadata } from "../tree/windows/metadata";
import { CREATION_TIME, FILE_ATTRIBUTES, MOUNT_POINT, RAW_SECURITY_DESCRIPTOR } from "../tree/windows/records";
import { NULL_DACL, NULL_DACL_SIZE } from "../tree/windows/security-descriptor";
import { EaEncoder } from "./ea-encoder";
import { WindowsPath } from "./path";
import { ReparseBuffer } from "./reparse";
import { encodeSddl } from "./sddl";
import { isDescriptor, MAX_DESCRIPTOR_LENGTH } from "./security-descriptor";

/** A descriptor in words, as old layers have it. */
const SDDL = new Literal("MSWINDOWS.sd");

/** All that an image can hold; NORMAL is the name of none of them. What has reparse data tells by itself. */
const KEPT: u32 = READONLY | HIDDEN | SYSTEM | DIRECTORY | ARCHIVE | SPARSE_FILE;

export class LayerMetadata extends WindowsMetadata {
  /** Files of which attributes were dropped: images have no room for more than a few. */
  droppedCount: u64 = 0;
  private descriptor: ByteBuffer = new ByteBuffer();
  private eaEncoder: EaEncoder = new EaEncoder();
  private reparseBuffer: ReparseBuffer = new ReparseBuffer();
  private creation: Time = changetype<Time>(heap.alloc(offsetof<Time>()));

  /** As of a file that nobody described: no times, and everyone may do everything. */
  takeDefault(attributes: u32): void {
    this.clear();
    this.attributes = attributes;
    this.takeNullDacl();
  }

  /**
   * Takes all that the entry says.
   *
   * @fails Corrupt      a record that is not of its form
   * @fails OutOfRange   a time, or more of something, than Windows has room for
   * @fails Unsupported  a descriptor in words that need a domain to be understood
   */
  takeEntry(entry: Entry, path: WindowsPath): void {
    this.clear();
    this.takeAttributes(entry, path);
    this.takeTimes(entry, path);
    this.takeDescriptor(entry, path);
    this.eaEncoder.take(entry.records, path);
    this.eas = this.eaEncoder.at;
    this.easLength = this.eaEncoder.length;
    if (entry.type == EntryType.SymbolicLink) this.takeTarget(entry, path);
  }

  private takeAttributes(entry: Entry, path: WindowsPath): void {
    let attributes: u32 = entry.type == EntryType.Directory ? DIRECTORY : 0;
    const record = entry.records.findValue(FILE_ATTRIBUTES);
    if (record) {
      const isNumber = parseInteger(record.value, record.valueLength);
      if (!isNumber || <u64>parsedInteger > u32.MAX_VALUE) refuse(ErrorCode.Corrupt, path, record, "not attributes, of 32 bits");
      attributes |= <u32>parsedInteger;
    }
    const isLink = entry.type == EntryType.SymbolicLink;
    if (attributes & ~(KEPT | NORMAL | (isLink ? REPARSE_POINT : 0))) this.droppedCount++;
    this.attributes = (attributes & KEPT) | (isLink ? REPARSE_POINT : 0);
  }

  private takeTimes(entry: Entry, path: WindowsPath): void {
    const written = entry.mtime.present ? ticks(entry.mtime, path) : 0;
    this.lastWriteTime = written;
    // Who says nothing of these means nothing by it.
    this.lastAccessTime = entry.atime.present ? ticks(entry.atime, path) : written;
    this.changeTime = entry.ctime.present ? ticks(entry.ctime, path) : written;
    this.creationTime = written;
    const record = entry.records.findValue(CREATION_TIME);
    if (!record) return;
    readTime(record, this.creation);
    this.creationTime = ticks(this.creation, path);
  }

  private takeDescriptor(entry: Entry, path: WindowsPath): void {
    const descriptor = this.descriptor;
    const raw = entry.records.findValue(RAW_SECURITY_DESCRIPTOR);
    const text = entry.records.findValue(SDDL);
    descriptor.clear();
    if (raw) {
      const isDecoded = decodeBase64(raw.value, raw.valueLength, descriptor);
      if (!isDecoded || !isDescriptor(descriptor.at, descriptor.length)) {
        refuse(ErrorCode.Corrupt, path, raw, "no security descriptor");
      }
    } else if (text) encodeSddl(text.value, text.valueLength, descriptor, path);
    else return this.takeNullDacl();
    this.setDescriptor(path);
  }

  private takeNullDacl(): void {
    this.securityDescriptor = NULL_DACL;
    this.securityDescriptorLength = NULL_DACL_SIZE;
  }

  private setDescriptor(path: WindowsPath): void {
    const length = this.descriptor.length;
    if (length > MAX_DESCRIPTOR_LENGTH) {
      const why = `a security descriptor of ${length} bytes, past the limit of ${MAX_DESCRIPTOR_LENGTH}`;
      fail(ErrorCode.OutOfRange, `layer: "${path.quoted}": ${why}`);
    }
    this.securityDescriptor = this.descriptor.at;
    this.securityDescriptorLength = length;
  }

  private takeTarget(entry: Entry, path: WindowsPath): void {
    const isJunction = entry.records.find(MOUNT_POINT) !== null;
    this.reparseBuffer.encode(entry.link, entry.linkLength, isJunction, path);
    this.reparse = this.reparseBuffer.at;
    this.reparseLength = this.reparseBuffer.length;
  }
}

function ticks(time: Time, path: WindowsPath): u64 {
  if (!isFileTime(time)) {
    fail(ErrorCode.OutOfRange, `layer: "${path.quoted}": a time ${time.seconds} seconds from 1970, which Windows does not have`);
  }
  return fileTimeOf(time);
}

function refuse(code: ErrorCode, path: WindowsPath, record: Record, why: string): void {
  const value = quote(record.value, min<u32>(record.valueLength, 80));
  fail(code, `layer: "${path.quoted}": record ${quote(record.key, record.keyLength)}: "${value}" is ${why}`);
}
