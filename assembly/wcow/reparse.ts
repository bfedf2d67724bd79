/**
 * What makes a file of Windows lead elsewhere: buffers of symbolic links and of junctions.
 *
 * Sources: Microsoft, [MS-FSCC], §2.1.2.4 "Symbolic Link Reparse Data Buffer", §2.1.2.5 "Mount Point Reparse Data Buffer";
 * go-winio, reparse.go, for what a target becomes.
 */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { appendUtf16 } from "../bytes/utf16";
import { fail } from "../host";
import { WindowsPath } from "./path";

const SYMBOLIC_LINK: u32 = 0xa000_000c;
const MOUNT_POINT: u32 = 0xa000_0003;
/** MAXIMUM_REPARSE_DATA_BUFFER_SIZE, its header counted. Bytes. */
const MAX_LENGTH: u32 = 16_384;
/** SYMLINK_FLAG_RELATIVE */
const RELATIVE: u32 = 1;

const SLASH: u16 = 0x2f;
const BACKSLASH: u16 = 0x5c;
const QUESTION: u16 = 0x3f;
const COLON: u16 = 0x3a;

/** Both kinds begin so. Names follow: behind the flags, which a mount point has not. */
@unmanaged
class ReparseHeader {
  tag: u32;              // 0x00
  dataLength: u16;       // 0x04  bytes from 0x08 on
  reserved: u16;         // 0x06
  substituteOffset: u16; // 0x08  of the names; bytes, as all
  substituteLength: u16; // 0x0a  without the NUL behind it
  printOffset: u16;      // 0x0c
  printLength: u16;      // 0x0e
  flags: u32;            // 0x10
}

const DATA_AT: u32 = 8;
const FLAGS_AT: u32 = 16;

if (offsetof<ReparseHeader>("flags") != FLAGS_AT) ERROR("wcow.ReparseHeader: flags must stand at 0x10");

export class ReparseBuffer {
  private buffer: ByteBuffer = new ByteBuffer();
  private target: ByteBuffer = new ByteBuffer();

  get at(): usize {
    return this.buffer.at;
  }

  get length(): u32 {
    return this.buffer.length;
  }

  /**
   * Takes the place of what was here.
   *
   * @param target      in UTF-8; with `/` or `\`
   * @param isJunction  or a symbolic link
   * @param path        of the link, for messages
   * @fails Corrupt     it leads nowhere, or is no UTF-8
   * @fails OutOfRange  it is longer than Windows takes
   */
  encode(target: usize, length: u32, isJunction: bool, path: WindowsPath): void {
    const print = this.target;
    print.clear();
    if (length == 0) fail(ErrorCode.Corrupt, `layer: "${path.quoted}": a link to nothing`);
    if (!appendUtf16(target, length, print)) {
      fail(ErrorCode.Corrupt, `layer: "${path.quoted}": its target "${quote(target, length)}" is no UTF-8`);
    }
    for (let at = print.at, end = at + print.length; at < end; at += 2) {
      if (load<u16>(at) == SLASH) store<u16>(at, BACKSLASH);
    }
    const cut = prefixUnits(print.at, print.length / 2);
    const isRelative = cut == NOT_ABSOLUTE;
    const buffer = this.buffer;
    buffer.clear();
    buffer.reserve(offsetof<ReparseHeader>());
    buffer.length = isJunction ? FLAGS_AT : FLAGS_AT + 4;
    const names = buffer.length;
    if (isRelative) buffer.append(print.at, print.length);
    else this.appendAbsolute(cut);
    const substituteLength = buffer.length - names;
    this.appendUnit(0);
    buffer.append(print.at, print.length);
    this.appendUnit(0);
    if (buffer.length > MAX_LENGTH) this.refuseLength(path, print.length);

    const header = changetype<ReparseHeader>(buffer.at);
    header.tag = isJunction ? MOUNT_POINT : SYMBOLIC_LINK;
    header.dataLength = <u16>(buffer.length - DATA_AT);
    header.reserved = 0;
    header.substituteOffset = 0;
    header.substituteLength = <u16>substituteLength;
    header.printOffset = <u16>(substituteLength + 2);
    header.printLength = <u16>print.length;
    if (!isJunction) header.flags = isRelative ? RELATIVE : 0;
  }

  /** The target as the kernel names it, without its first `cut` units. */
  private appendAbsolute(cut: u32): void {
    const print = this.target;
    this.appendUnit(BACKSLASH);
    this.appendUnit(QUESTION);
    this.appendUnit(QUESTION);
    this.appendUnit(BACKSLASH);
    if (cut == 2) {
      this.appendUnit(0x55); // "UNC\"
      this.appendUnit(0x4e);
      this.appendUnit(0x43);
      this.appendUnit(BACKSLASH);
    }
    this.buffer.append(print.at + 2 * cut, print.length - 2 * cut);
  }

  private appendUnit(unit: u16): void {
    this.buffer.appendByte(<u8>unit);
    this.buffer.appendByte(<u8>(unit >> 8));
  }

  private refuseLength(path: WindowsPath, bytes: u32): void {
    const why = `a target of ${bytes / 2} units, past the ${MAX_LENGTH} bytes of reparse data`;
    fail(ErrorCode.OutOfRange, `layer: "${path.quoted}": ${why}`);
  }
}

const NOT_ABSOLUTE: u32 = u32.MAX_VALUE;

/** Units at the front of an absolute target that its name in the kernel has not; a rooted one such as `\Windows` is none. */
function prefixUnits(target: usize, units: u32): u32 {
  const first = units > 0 ? load<u16>(target) : 0;
  const second = units > 1 ? load<u16>(target + 2) : 0;
  if (first == BACKSLASH && second == BACKSLASH) {
    const isVerbatim = units > 3 && load<u16>(target + 4) == QUESTION && load<u16>(target + 6) == BACKSLASH;
    return isVerbatim ? 4 : 2;
  }
  return second == COLON && <u16>((first | 0x20) - 0x61) < 26 ? 0 : NOT_ABSOLUTE;
}
