/**
 * Security identifiers as text has them: `S-1-5-18`, or two letters for those that are the same everywhere.
 *
 * Source: Microsoft, [MS-DTYP], §2.4.2 "SID", §2.4.2.4 "Well-Known SID Structures", §2.5.1.1 (SDDL, `sid-token`).
 */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { SddlText } from "./sddl-text";

const MAX_SUB_AUTHORITIES: u32 = 15;
const MAX_AUTHORITY: u64 = 0xffff_ffff_ffff;

/** Those of one authority and one number. Two letters, and in hexadecimal: authority (2 digits), number (8). */
const PLAIN =
  "WD0100000000CO0300000000CG0300000001OW0300000004NU0500000002IU0500000004SU0500000006AN0500000007ED0500000009" +
  "PS050000000AAU050000000BRC050000000CSY0500000012LS0500000013NS0500000014WR0500000021LW1000001000ME1000002000" +
  "MP1000002100HI1000003000SI1000004000AS1200000001SS1200000002";
/** Groups of the built-in domain, S-1-5-32. The number. */
const BUILT_IN =
  "BA00000220BU00000221BG00000222PU00000223AO00000224SO00000225PO00000226BO00000227RE00000228RU0000022ARD0000022B" +
  "NO0000022CMU0000022ELU0000022FIS00000238CY00000239ER0000023DCD0000023ERA0000023FES00000240MS00000241HA00000242" +
  "AA00000243RM00000244";
/** All application packages, S-1-15-2-1, and drivers in user mode, S-1-5-84-0-0-0-0-0. */
const LONGER = "AC00UD01";
/** Each domain or machine has its own. */
const OF_A_DOMAIN = "DA DU DG DC DD CA SA EA PA RS CN LA LG RO EK KA AP ";

/** Reads one and appends it. @fails Corrupt  it is none; Unsupported  it is of a domain, which the layer does not name */
export function appendSid(text: SddlText, to: ByteBuffer): void {
  if (text.takes("S-1-")) return appendNumbers(text, to);
  const builtIn = text.takeWord(BUILT_IN, 8);
  if (builtIn >= 0) {
    begin(to, 5, 2);
    appendWord(to, 32);
    return appendWord(to, <u32>builtIn);
  }
  const plain = text.takeWord(PLAIN, 10);
  if (plain >= 0) {
    begin(to, <u64>(plain >> 32), 1);
    return appendWord(to, <u32>plain);
  }
  const longer = text.takeWord(LONGER, 2);
  if (longer < 0) return refuse(text);
  begin(to, longer == 0 ? 15 : 5, longer == 0 ? 2 : 6);
  appendWord(to, longer == 0 ? 2 : 84);
  if (longer == 0) return appendWord(to, 1);
  for (let i = 0; i < 5; i++) appendWord(to, 0);
}

function appendNumbers(text: SddlText, to: ByteBuffer): void {
  const from = to.length;
  begin(to, text.takeNumber(MAX_AUTHORITY), 0);
  let count: u32 = 0;
  while (text.takes("-")) {
    if (++count > MAX_SUB_AUTHORITIES) text.refuse(`more than ${MAX_SUB_AUTHORITIES} numbers in an identifier`);
    appendWord(to, <u32>text.takeNumber(u32.MAX_VALUE));
  }
  if (count == 0) text.refuse("an identifier that ends too early");
  store<u8>(to.at + from, <u8>count, 1);
}

/** Revision, number of sub-authorities, and the authority: big-endian, alone among all. */
function begin(to: ByteBuffer, authority: u64, count: u32): void {
  to.appendByte(1);
  to.appendByte(<u8>count);
  for (let shift = 40; shift >= 0; shift -= 8) to.appendByte(<u8>(authority >> shift));
}

function appendWord(to: ByteBuffer, word: u32): void {
  to.reserve(to.length + 4);
  store<u32>(to.at + to.length, word);
  to.length += 4;
}

function refuse(text: SddlText): void {
  const alias = String.fromCharCode(text.letter(0)) + String.fromCharCode(text.letter(1));
  if (text.letter(1) != 0 && OF_A_DOMAIN.includes(alias + " ")) {
    text.refuseAs(ErrorCode.Unsupported, `"${alias}" is of a domain, which nothing here names`);
  }
  text.refuse("no security identifier");
}
