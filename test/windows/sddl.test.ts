/** Security descriptors in words, as old layers have them. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { rejects } from "../fixtures/rejects.ts";
import { times } from "../fixtures/runs.ts";
import { importLayers } from "../fixtures/windows-import.ts";
import { NULL_DACL } from "../fixtures/windows-metadata.ts";
import { windowsEntry, windowsTar } from "../fixtures/windows-tar.ts";
import { present } from "../oracles/oracle.ts";
import { samba } from "../oracles/samba.ts";

/** The descriptors of files that say these. */
async function descriptorsOf(sddl: string[]): Promise<Buffer[]> {
  const entries = sddl.map((text, index) => windowsEntry("file", String(index), { sddl: text }));
  const { files } = await importLayers([windowsTar(entries)]);
  return sddl.map((_, index) => files.get(String(index))!.securityDescriptor);
}

const test = suite("windows layer: descriptors in words");

/** [MS-DTYP], §2.5.1.4 "SDDL String to Binary Security Descriptor Examples". */
const PUBLISHED = "O:BAG:BAD:P(A;CIOI;GRGX;;;BU)(A;CIOI;GA;;;BA)(A;CIOI;GA;;;SY)(A;CIOI;GA;;;CO)S:P(AU;FA;GR;;;WD)";
const PUBLISHED_BYTES = `
  010014b090000000a00000001400000030000000
  02001c00010000000280140000000080010100000000000100000000
  02006000040000000003180000000
  0a001020000000000052000000021020000
  0003180000000010010200000000000520000000200200000003140000000010
  01010000000000051200000000031400000000100101000000000003000000
  00010200000000000520000000200200000102000000000005200000002002
  0000`;

test("the published example becomes the published bytes, whatever its order and case", async () => {
  const expected = Buffer.from(PUBLISHED_BYTES.replace(/\s/g, ""), "hex");
  const [as, turned, lower] = await descriptorsOf([
    PUBLISHED,
    `S:P(AU;FA;GR;;;WD)${PUBLISHED.slice(0, PUBLISHED.indexOf("S:"))}`,
    PUBLISHED.toLowerCase(),
  ]);
  for (const found of [as!, turned!, lower!]) assert.is(found.toString("hex"), expected.toString("hex"));
});

test("no list, an empty one, and one without entries are three things", async () => {
  const [none, empty, all] = await descriptorsOf(["O:SY", "D:", "D:NO_ACCESS_CONTROL"]);
  assert.is(none!.readUInt16LE(2), 0x8000);
  assert.is(empty!.readUInt16LE(2), 0x8004);
  assert.is(empty!.toString("hex", 20), "0200080000000000");
  assert.equal(all, NULL_DACL);
});

/** Which Samba 4.17 gives another number, or does not know. The numbers are Windows' own, of winnt.h. */
const RIGHTS: [word: string, mask: number][] = [
  ["FA", 0x1f01ff],
  ["KA", 0xf003f],
  ["KR", 0x20019],
  ["KW", 0x20006],
  ["KX", 0x20019],
  ["NW", 1],
  ["NR", 2],
  ["NX", 4],
];

test("rights that have names of their own", async () => {
  const found = await descriptorsOf(RIGHTS.map(([word]) => `D:(A;;${word};;;SY)`));
  assert.equal(
    found.map((descriptor) => descriptor.readUInt32LE(32)),
    RIGHTS.map(([, mask]) => mask),
  );
});

const REFUSED: [why: string, sddl: string, code: ErrorCode, message: RegExp][] = [
  [
    "of a domain",
    "O:DA",
    ErrorCode.Unsupported,
    /^layer: "f": security descriptor "O:DA": at 2: "DA" is of a domain, which nothing here names$/,
  ],
  ["of a machine", "D:(A;;FA;;;LA)", ErrorCode.Unsupported, /at 11: "LA" is of a domain/],
  [
    "with a condition",
    "D:(XA;;FX;;;WD;(Member_of {SID(BA)}))",
    ErrorCode.Unsupported,
    /: an entry with a condition or attributes$/,
  ],
  ["with attributes", 'S:(RA;;;;;WD;("A",TI,0,1))', ErrorCode.Unsupported, /an entry with a condition or attributes$/],
  ["no words", "hello", ErrorCode.Corrupt, /at 0: one of O:, G:, D: and S: should follow, each once$/],
  ["an owner twice", "O:SYO:SY", ErrorCode.Corrupt, /at 4: one of O:/],
  ["an empty list twice", "D:D:", ErrorCode.Corrupt, /at 2: one of O:/],
  ["no identifier", "O:XX", ErrorCode.Corrupt, /at 2: no security identifier$/],
  ["an identifier that ends", "O:S-1-5", ErrorCode.Corrupt, /at 7: an identifier that ends too early$/],
  ["an identifier with a gap", "O:S-1-5-", ErrorCode.Corrupt, /at 8: a number is missing$/],
  ["a number past 32 bits", "O:S-1-5-4294967296", ErrorCode.Corrupt, /a number past 4294967295$/],
  ["an authority past 48 bits", "O:S-1-0x1000000000000-1", ErrorCode.Corrupt, /a number past 281474976710655$/],
  ["sixteen numbers", `O:S-1-5${"-1".repeat(16)}`, ErrorCode.Corrupt, /more than 15 numbers in an identifier$/],
  ["a type that is none", "D:(Q;;FA;;;SY)", ErrorCode.Corrupt, /at 3: no type of an entry$/],
  ["a flag that is none", "D:(A;QQ;FA;;;SY)", ErrorCode.Corrupt, /at 5: no flag of an entry$/],
  ["a right that is none", "D:(A;;QQ;;;SY)", ErrorCode.Corrupt, /at 6: no right$/],
  ["rights past 32 bits", "D:(A;;0x100000000;;;SY)", ErrorCode.Corrupt, /a number past 4294967295$/],
  [
    "an object of no object's entry",
    "D:(A;;FA;bf967aba-0de6-11d0-a285-00aa003049e2;;SY)",
    ErrorCode.Corrupt,
    /an object where the entry is of none$/,
  ],
  ["half a GUID", "D:(OA;;FA;bf967aba-0de6;;SY)", ErrorCode.Corrupt, /'-' is missing$/],
  ["an entry that does not end", "D:(A;;FA;;;SY", ErrorCode.Corrupt, /at 13: '\)' is missing$/],
  ["a list too long", `D:${"(A;;FA;;;SY)".repeat(3300)}`, ErrorCode.Corrupt, /a list past 65535 bytes$/],
];

for (const [why, sddl, code, message] of REFUSED) {
  test(`refused: ${why}`, async () => assert.match((await rejects(importOne(sddl), code)).message, message));
}

const importOne = (sddl: string): Promise<unknown> => importLayers([windowsTar([windowsEntry("file", "f", { sddl })])]);

const ALIASES =
  "AN AO AU BA BG BO BU CD CG CO CY ED ER ES HA HI IS IU LS LU LW ME MP MS MU NO NS NU OW PO PS PU RA RC RD RE RM RU SI " +
  "SO SU SY UD WD WR AA AC AS SS";
const NAMED_RIGHTS = "FR FW FX GA GX GW GR RC SD WD WO CC DC LC SW RP WP DT LO CR";

const words = (text: string): fc.Arbitrary<string> => fc.constantFrom(...text.split(" "));
const several = (text: string): fc.Arbitrary<string> =>
  fc.uniqueArray(words(text), { maxLength: 4 }).map((chosen) => chosen.join(""));
const number = fc.nat(0xffff_ffff);
const sid = fc.oneof(
  words(ALIASES),
  fc
    .tuple(fc.nat(20), fc.array(number, { minLength: 1, maxLength: 6 }))
    .map(([authority, rest]) => `S-1-${authority}-${rest.join("-")}`),
);
const guid = fc.oneof(fc.constant(""), fc.uuid());
const rights = fc.oneof(
  several(NAMED_RIGHTS),
  number.map((mask) => `0x${mask.toString(16)}`),
);
const ace = (types: string): fc.Arbitrary<string> =>
  fc
    .tuple(words(types), several("OI CI NP IO ID SA FA"), rights, guid, guid, sid)
    .map(([type, flags, mask, object, inherited, who]) => {
      const objects = type.startsWith("O") ? `${object};${inherited}` : ";";
      return `(${type};${flags};${mask};${objects};${who})`;
    });
const list = (types: string): fc.Arbitrary<string> =>
  fc
    .tuple(several("P AR AI"), fc.array(ace(types), { minLength: 1, maxLength: 5 }))
    .map(([flags, aces]) => flags + aces.join(""));
const descriptor = fc
  .tuple(sid, sid, list("A D OA OD"), list("AU OU"))
  .map(([owner, group, dacl, sacl]) => `O:${owner}G:${group}D:${dacl}S:${sacl}`);

if (present(samba, test)) {
  test("Samba finds every alias and right to mean the same", async () => {
    const all = [
      ...ALIASES.split(" ").map((alias) => `O:${alias}`),
      ...NAMED_RIGHTS.split(" ").map((right) => `D:(A;;${right};;;SY)`),
    ];
    assert.equal(samba.fromBytes(await descriptorsOf(all)), samba.fromText(all));
  });

  test("property: Samba finds every descriptor to mean the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(descriptor, { minLength: 20, maxLength: 60 }), async (all) => {
        assert.equal(samba.fromBytes(await descriptorsOf(all)), samba.fromText(all));
      }),
      times(20),
    );
  });

  test("Samba says no to a broken descriptor, and to words that are none", async () => {
    const [bytes] = await descriptorsOf([PUBLISHED]);
    const broken = Buffer.from(bytes!);
    broken.writeUInt8(9, 0x95); // sub-authorities of the owner
    assert.not.equal(samba.fromBytes([bytes!]), samba.fromText([PUBLISHED.replace("BU", "SY")]));
    assert.throws(() => samba.fromBytes([broken.subarray(0, 0x98)]));
    assert.throws(() => samba.fromText(["O:XX"]));
  });
}

test.run();
