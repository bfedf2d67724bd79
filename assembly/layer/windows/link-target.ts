/**
 * Where symbolic links and junctions of Windows lead.
 *
 * Sources: Microsoft, [MS-FSCC], §2.1.2.4 "Symbolic Link Reparse Data Buffer" and §2.1.2.5 "Mount Point Reparse Data
 * Buffer"; go-winio, reparse.go, for what becomes of a target in a layer.
 */
import { ErrorCode } from "../../abi";
import { Literal, wideLiteral } from "../../bytes/literal";
import { ByteBuffer } from "../../bytes/memory";
import { quote } from "../../bytes/quote";
import { appendUtf8 } from "../../bytes/utf16";
import { fail } from "../../host";
import { WindowsMetadata } from "../../tree/windows/metadata";

const SYMBOLIC_LINK: u32 = 0xa000_000c;
const MOUNT_POINT: u32 = 0xa000_0003;
const RELATIVE: u32 = 1;

/** REPARSE_DATA_BUFFER of a link. Offsets and lengths are bytes, of the names that follow. */
@unmanaged
class LinkBuffer {
  tag: u32;              // 0x00
  dataLength: u16;       // 0x04  bytes from 0x08 on
  reserved: u16;         // 0x06
  substituteOffset: u16; // 0x08
  substituteLength: u16; // 0x0a
  printOffset: u16;      // 0x0c
  printLength: u16;      // 0x0e
  flags: u32;            // 0x10  of a symbolic link alone
}                        // 0x14

if (offsetof<LinkBuffer>("flags") != 0x10) ERROR("LinkBuffer: flags must stand at 0x10");

const HEADER_SIZE: u32 = 8;
const SLASH: u16 = 0x2f;
const BACKSLASH: u16 = 0x5c;
const COLON: u16 = 0x3a;
const LONG_PREFIX = wideLiteral("\\\\?\\");
const SHARE_PREFIX = wideLiteral("\\\\");
const NT_PREFIX = wideLiteral("\\??\\");
const NT_SHARE_PREFIX = wideLiteral("\\??\\UNC\\");

/** `take` `isMountPoint` `text`. */
export class WindowsLinkTarget {
  isMountPoint: bool = false;
  /** As an archive has it: in UTF-8, with slashes. */
  readonly text: ByteBuffer = new ByteBuffer();
  private target: ByteBuffer = new ByteBuffer();
  private substitute: ByteBuffer = new ByteBuffer();

  /**
   * Takes the target of what has `metadata`, which has reparse data.
   *
   * @fails Corrupt      the data is not as its tag has it
   * @fails Unsupported  it is no link, or its target is one that a layer cannot say
   */
  take(metadata: WindowsMetadata, path: ByteBuffer): void {
    const buffer = changetype<LinkBuffer>(metadata.reparse);
    const length = metadata.reparseLength;
    if (length < HEADER_SIZE || HEADER_SIZE + buffer.dataLength > length) this.refuseBuffer(path, length);
    this.isMountPoint = buffer.tag == MOUNT_POINT;
    if (!this.isMountPoint && buffer.tag != SYMBOLIC_LINK) {
      const tag = `0x${(<u64>buffer.tag).toString(16)}`;
      refuse(ErrorCode.Unsupported, path, `a reparse point of tag ${tag}; a layer has links and junctions alone`);
    }
    const namesAt: u32 = this.isMountPoint ? offsetof<LinkBuffer>("flags") : offsetof<LinkBuffer>();
    if (length < namesAt || !namesFit(buffer, length - namesAt)) this.refuseBuffer(path, length);
    if (!this.find(buffer, namesAt)) refuse(ErrorCode.Unsupported, path, "a link whose target a layer cannot say");
    this.setText(path);
  }

  /**
   * In a layer stands what users read, the print name; where the substitute name, by which the system goes, would not
   * come of it, what that itself comes of.
   */
  private find(buffer: LinkBuffer, namesAt: u32): bool {
    const names = changetype<usize>(buffer) + namesAt;
    const target = this.target;
    target.clear();
    target.append(names + buffer.printOffset, buffer.printLength);
    if (this.leadsThere(buffer, namesAt)) return true;
    this.setFromSubstitute(names + buffer.substituteOffset, buffer.substituteLength);
    return this.leadsThere(buffer, namesAt);
  }

  private setFromSubstitute(at: usize, length: u32): void {
    const target = this.target;
    let skipped: u32 = 0;
    target.clear();
    if (NT_SHARE_PREFIX.startsOf(at, length)) {
      target.append(SHARE_PREFIX.at, SHARE_PREFIX.length);
      skipped = NT_SHARE_PREFIX.length;
    } else if (NT_PREFIX.startsOf(at, length)) {
      skipped = NT_PREFIX.length;
      if (!isOnDrive(at + skipped, length - skipped)) target.append(LONG_PREFIX.at, LONG_PREFIX.length);
    }
    target.append(at + skipped, length - skipped);
  }

  /** Whether who reads the target in a layer makes this link of it. */
  private leadsThere(buffer: LinkBuffer, namesAt: u32): bool {
    const at = this.target.at;
    const length = this.target.length;
    if (length == 0 || hasSlashOrNul(at, length)) return false;
    const isRelative = this.setSubstitute();
    if (!this.isMountPoint && buffer.flags != (isRelative ? RELATIVE : 0)) return false;
    const stored = changetype<usize>(buffer) + namesAt + buffer.substituteOffset;
    if (this.substitute.length != buffer.substituteLength) return false;
    return memory.compare(this.substitute.at, stored, buffer.substituteLength) == 0;
  }

  /** What becomes of the target. @returns whether it is relative, as Windows takes it */
  private setSubstitute(): bool {
    const at = this.target.at;
    const length = this.target.length;
    let prefix: Literal | null = null;
    let skipped: u32 = 0;
    if (LONG_PREFIX.startsOf(at, length)) {
      prefix = NT_PREFIX;
      skipped = LONG_PREFIX.length;
    } else if (SHARE_PREFIX.startsOf(at, length)) {
      prefix = NT_SHARE_PREFIX;
      skipped = SHARE_PREFIX.length;
    } else if (isOnDrive(at, length)) prefix = NT_PREFIX;
    const substitute = this.substitute;
    substitute.clear();
    if (prefix) substitute.append(prefix.at, prefix.length);
    substitute.append(at + skipped, length - skipped);
    return prefix == null;
  }

  private setText(path: ByteBuffer): void {
    const target = this.target;
    for (let i: u32 = 0; i < target.length; i += 2) {
      if (load<u16>(target.at + i) == BACKSLASH) store<u16>(target.at + i, SLASH);
    }
    this.text.clear();
    if (appendUtf8(target.at, target.length / 2, this.text)) return;
    refuse(ErrorCode.Unsupported, path, "a link with half a surrogate pair in its target, which UTF-8 cannot say");
  }

  private refuseBuffer(path: ByteBuffer, length: u32): void {
    refuse(ErrorCode.Corrupt, path, `reparse data of ${length} bytes, which end too early`);
  }
}

function namesFit(buffer: LinkBuffer, room: u32): bool {
  if (<u32>buffer.substituteOffset + buffer.substituteLength > room || buffer.substituteLength % 2 != 0) return false;
  return <u32>buffer.printOffset + buffer.printLength <= room && buffer.printLength % 2 == 0;
}

function isOnDrive(at: usize, length: u32): bool {
  if (length < 4 || load<u16>(at, 2) != COLON) return false;
  return <u32>(load<u16>(at) | 0x20) - 0x61 < 26;
}

function hasSlashOrNul(at: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i += 2) {
    const unit = load<u16>(at + i);
    if (unit == SLASH || unit == 0) return true;
  }
  return false;
}

function refuse(code: ErrorCode, path: ByteBuffer, what: string): void {
  fail(code, `tar: ${quote(path.at, path.length)}: ${what}`);
}
