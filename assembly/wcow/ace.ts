/**
 * Entries of access control lists as text has them.
 *
 * Source: Microsoft, [MS-DTYP], §2.4.4 "ACE", §2.5.1.1 (SDDL, `ace`).
 */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { AceHeader } from "./security-descriptor";
import { SddlText } from "./sddl-text";
import { appendSid } from "./sid";

/** Words of one or two letters, and the type in two digits. Those of two come first: they may begin as others do. */
const TYPES = "OA05OD06OU07OL08ML11SP13TL14AU02AL03A 00D 01";
/** With conditions or attributes behind them, which are programs of their own. */
const NOT_HANDLED = "XA09XD0AZA0BXU0DRA12FL15";
const FLAGS = "OI01CI02NP04IO08ID10CR20SA40FA80";
const RIGHTS =
  "GA10000000GX20000000GW40000000GR80000000RC00020000SD00010000WD00040000WO00080000CC00000001DC00000002LC00000004" +
  "SW00000008RP00000010WP00000020DT00000040LO00000080CR00000100FA001F01FFFR00120089FW00120116FX001200A0KA000F003F" +
  "KR00020019KW00020006KX00020019NW00000001NR00000002NX00000004";

const OBJECT_TYPE_PRESENT: u32 = 1;
const INHERITED_TYPE_PRESENT: u32 = 2;
const MAX_SIZE: u32 = 65_535;

/** Whether entries of that type name objects. They ask for another revision of the list. */
export function isObjectType(type: u8): bool {
  return type >= 5 && type <= 8;
}

/**
 * Reads an entry, from `(` to `)`, and appends it.
 *
 * @returns its type
 * @fails Corrupt      it is none
 * @fails Unsupported  it is conditional, or of a domain
 */
export function appendAce(text: SddlText, to: ByteBuffer): u8 {
  const from = to.length;
  text.expect("(");
  const type = takeType(text);
  text.expect(";");
  const flags = takeFlags(text);
  text.expect(";");
  append(to, type | (flags << 8), 4); // its size is known at the end
  append(to, takeRights(text), 4);
  text.expect(";");
  appendObjects(text, <u8>type, to);
  text.expect(";");
  appendSid(text, to);
  text.expect(")");
  const size = to.length - from;
  if (size > MAX_SIZE) text.refuse("an entry that is too long");
  changetype<AceHeader>(to.at + from).size = <u16>size;
  return <u8>type;
}

function takeType(text: SddlText): u32 {
  if (text.takeWord(NOT_HANDLED, 2) >= 0) text.refuseAs(ErrorCode.Unsupported, "an entry with a condition or attributes");
  const type = text.takeWord(TYPES, 2);
  if (type < 0) text.refuse("no type of an entry");
  return <u32>type;
}

function takeFlags(text: SddlText): u32 {
  let flags: u32 = 0;
  while (text.next != 0x3b) {
    const flag = text.takeWord(FLAGS, 2);
    if (flag < 0) text.refuse("no flag of an entry");
    flags |= <u32>flag;
  }
  return flags;
}

function takeRights(text: SddlText): u32 {
  if (text.next - 0x30 < 10) return <u32>text.takeNumber(u32.MAX_VALUE);
  let rights: u32 = 0;
  while (text.next != 0x3b) {
    const right = text.takeWord(RIGHTS, 8);
    if (right < 0) text.refuse("no right");
    rights |= <u32>right;
  }
  return rights;
}

/** Two GUIDs, each of which may be left out. */
function appendObjects(text: SddlText, type: u8, to: ByteBuffer): void {
  const hasObject = text.next != 0x3b;
  const isObject = isObjectType(type);
  if (hasObject && !isObject) text.refuse("an object where the entry is of none");
  const flagsAt = to.length;
  if (isObject) append(to, 0, 4);
  let present: u32 = 0;
  if (hasObject) {
    appendGuid(text, to);
    present |= OBJECT_TYPE_PRESENT;
  }
  text.expect(";");
  if (text.next != 0x3b) {
    if (!isObject) text.refuse("an object where the entry is of none");
    appendGuid(text, to);
    present |= INHERITED_TYPE_PRESENT;
  }
  if (isObject) store<u32>(to.at + flagsAt, present);
}

/** Its first three fields are numbers, and so little-endian. */
function appendGuid(text: SddlText, to: ByteBuffer): void {
  appendReversed(text, to, 4);
  text.expect("-");
  appendReversed(text, to, 2);
  text.expect("-");
  appendReversed(text, to, 2);
  text.expect("-");
  for (let i = 0; i < 2; i++) to.appendByte(text.takeByte());
  text.expect("-");
  for (let i = 0; i < 6; i++) to.appendByte(text.takeByte());
}

function appendReversed(text: SddlText, to: ByteBuffer, count: u32): void {
  let value: u32 = 0;
  for (let i: u32 = 0; i < count; i++) value = (value << 8) | text.takeByte();
  append(to, value, count);
}

/** Little-endian. */
function append(to: ByteBuffer, value: u32, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i++) to.appendByte(<u8>(value >> (8 * i)));
}
