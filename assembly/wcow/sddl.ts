/**
 * Security descriptors as text, in self-relative form: `O:BAG:SYD:PAI(A;OICI;FA;;;SY)`. Old layers have them so.
 *
 * Source: Microsoft, [MS-DTYP], §2.5.1 "Security Descriptor Description Language".
 */
import { ByteBuffer } from "../bytes/memory";
import { appendAce, isObjectType } from "./ace";
import { WindowsPath } from "./path";
import { Acl, DACL_PRESENT, SACL_PRESENT, SecurityDescriptor, SELF_RELATIVE } from "./security-descriptor";
import { SddlText } from "./sddl-text";
import { appendSid } from "./sid";

/** Flags of a list, and the bits of `control` that they are in a DACL; those of a SACL are twice as much. */
const LIST_FLAGS = "AR0100AI0400P 1000";

const ACL_REVISION: u8 = 2;
/** ACL_REVISION_DS */
const OBJECTS_ACL_REVISION: u8 = 4;
const MAX_ACL_SIZE: u32 = 65_535;

const text = new SddlText();
// The parts stand in an order of their own, whatever that of the text.
const owner = new ByteBuffer();
const group = new ByteBuffer();
const sacl = new ByteBuffer();
const dacl = new ByteBuffer();

/**
 * Appends the descriptor that `length` letters at `from` say.
 *
 * @param path  of the file that has it, for messages
 * @fails Corrupt      it is none
 * @fails Unsupported  it needs a domain, or has conditions
 */
export function encodeSddl(from: usize, length: u32, to: ByteBuffer, path: WindowsPath): void {
  text.start(from, length, path);
  owner.clear();
  group.clear();
  sacl.clear();
  dacl.clear();
  let control: u16 = SELF_RELATIVE;
  while (!text.isAtEnd) {
    if (owner.length == 0 && text.takes("O:")) appendSid(text, owner);
    else if (group.length == 0 && text.takes("G:")) appendSid(text, group);
    else if (!(control & DACL_PRESENT) && text.takes("D:")) control |= DACL_PRESENT | takeList(dacl);
    else if (!(control & SACL_PRESENT) && text.takes("S:")) control |= SACL_PRESENT | (takeList(sacl) << 1);
    else text.refuse("one of O:, G:, D: and S: should follow, each once");
  }
  join(to, control);
}

/** @returns the control bits of its flags, as in a DACL */
function takeList(to: ByteBuffer): u16 {
  let control: u16 = 0;
  while (true) {
    if (text.takes("NO_ACCESS_CONTROL")) return control; // no list at all
    const flag = text.takeWord(LIST_FLAGS, 4);
    if (flag < 0) break;
    control |= <u16>flag;
  }
  to.reserve(offsetof<Acl>());
  to.length = offsetof<Acl>();
  let revision = ACL_REVISION;
  let count: u32 = 0;
  while (text.next == 0x28) {
    if (isObjectType(appendAce(text, to))) revision = OBJECTS_ACL_REVISION;
    if (to.length > MAX_ACL_SIZE) text.refuse(`a list past ${MAX_ACL_SIZE} bytes`);
    count++;
  }
  const acl = changetype<Acl>(to.at);
  memory.fill(to.at, 0, offsetof<Acl>());
  acl.revision = revision;
  acl.size = <u16>to.length;
  acl.count = <u16>count;
  return control;
}

/** In the order in which Windows makes them. */
function join(to: ByteBuffer, control: u16): void {
  const from = to.length;
  to.reserve(from + offsetof<SecurityDescriptor>());
  memory.fill(to.at + from, 0, offsetof<SecurityDescriptor>());
  to.length += offsetof<SecurityDescriptor>();
  const saclAt = appendPart(to, from, sacl);
  const daclAt = appendPart(to, from, dacl);
  const ownerAt = appendPart(to, from, owner);
  const groupAt = appendPart(to, from, group);
  const descriptor = changetype<SecurityDescriptor>(to.at + from);
  descriptor.revision = 1;
  descriptor.control = control;
  descriptor.owner = ownerAt;
  descriptor.group = groupAt;
  descriptor.sacl = saclAt;
  descriptor.dacl = daclAt;
}

/** @returns where it stands, from the descriptor's start; 0: it is none */
function appendPart(to: ByteBuffer, from: u32, part: ByteBuffer): u32 {
  if (part.length == 0) return 0;
  const at = to.length - from;
  to.append(part.at, part.length);
  return at;
}
