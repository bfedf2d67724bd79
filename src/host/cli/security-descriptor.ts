/**
 * Self-relative security descriptors as SDDL. Source: Microsoft, [MS-DTYP], §2.4.2 "SID", §2.4.4 "ACE", §2.4.5 "ACL", §2.4.6
 * "SECURITY_DESCRIPTOR", §2.5.1 "Security Descriptor Description Language".
 */

const HEADER_SIZE = 20;
const DACL_PRESENT = 0x4;
const SACL_PRESENT = 0x10;

/** Of the control word, by their letters before an ACL's entries. */
const DACL_FLAGS: [bit: number, letters: string][] = [
  [0x1000, "P"],
  [0x100, "AR"],
  [0x400, "AI"],
];
const SACL_FLAGS: [bit: number, letters: string][] = [
  [0x2000, "P"],
  [0x200, "AR"],
  [0x800, "AI"],
];

/** Entries that have a mask and a SID, and no more. */
const ACE_TYPES: Record<number, string> = { 0: "A", 1: "D", 2: "AU", 3: "AL", 17: "ML", 19: "SP" };
const ACE_FLAGS: [bit: number, letters: string][] = [
  [0x1, "OI"],
  [0x2, "CI"],
  [0x4, "NP"],
  [0x8, "IO"],
  [0x10, "ID"],
  [0x40, "SA"],
  [0x80, "FA"],
];

const RIGHTS: Record<number, string> = {
  2032127: "FA",
  1179785: "FR",
  1179926: "FW",
  1179808: "FX",
  268435456: "GA",
  536870912: "GX",
  1073741824: "GW",
  2147483648: "GR",
};

/** Those that files of Windows mostly have. */
const SIDS: Record<string, string> = {
  "S-1-1-0": "WD",
  "S-1-3-0": "CO",
  "S-1-3-1": "CG",
  "S-1-5-11": "AU",
  "S-1-5-18": "SY",
  "S-1-5-19": "LS",
  "S-1-5-20": "NS",
  "S-1-5-32-544": "BA",
  "S-1-5-32-545": "BU",
  "S-1-5-32-546": "BG",
  "S-1-15-2-1": "AC",
  "S-1-16-4096": "LW",
  "S-1-16-8192": "ME",
  "S-1-16-12288": "HI",
  "S-1-16-16384": "SI",
};

/** `O:BAG:SYD:(A;;FA;;;SY)`; undefined where it is damaged, or has entries that are no plain ones. */
export function formatSecurityDescriptor(bytes: Uint8Array): string | undefined {
  try {
    return format(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (error) {
    if (error instanceof RangeError) return undefined; // it ends before it should
    throw error;
  }
}

function format(bytes: Buffer): string {
  if (bytes.length < HEADER_SIZE) throw new RangeError();
  const control = bytes.readUInt16LE(2);
  const [owner, group, sacl, dacl] = [4, 8, 12, 16].map((at) => bytes.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  let text = "";
  if (owner !== 0) text += `O:${formatSid(bytes, owner)}`;
  if (group !== 0) text += `G:${formatSid(bytes, group)}`;
  if (control & DACL_PRESENT) text += `D:${formatAcl(bytes, dacl, control, DACL_FLAGS)}`;
  if (control & SACL_PRESENT) text += `S:${formatAcl(bytes, sacl, control, SACL_FLAGS)}`;
  return text;
}

function formatSid(bytes: Buffer, at: number): string {
  const count = bytes.readUInt8(at + 1);
  const parts = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(at + 8 + 4 * index));
  const sid = ["S", bytes.readUInt8(at), bytes.readUIntBE(at + 2, 6), ...parts].join("-");
  return SIDS[sid] ?? sid;
}

function formatAcl(bytes: Buffer, at: number, control: number, flags: typeof DACL_FLAGS): string {
  const letters = lettersOf(control, flags);
  if (at === 0) return `${letters}NO_ACCESS_CONTROL`;
  const count = bytes.readUInt16LE(at + 4);
  let text = letters;
  let next = at + 8;
  for (let index = 0; index < count; index++) {
    text += formatAce(bytes, next);
    next += bytes.readUInt16LE(next + 2);
  }
  return text;
}

function formatAce(bytes: Buffer, at: number): string {
  const type = ACE_TYPES[bytes.readUInt8(at)];
  if (type === undefined) throw new RangeError();
  const mask = bytes.readUInt32LE(at + 4);
  const rights = RIGHTS[mask] ?? `0x${mask.toString(16)}`;
  return `(${type};${lettersOf(bytes.readUInt8(at + 1), ACE_FLAGS)};${rights};;;${formatSid(bytes, at + 8)})`;
}

function lettersOf(bits: number, table: [bit: number, letters: string][]): string {
  return table
    .filter(([bit]) => bits & bit)
    .map(([, letters]) => letters)
    .join("");
}
