/** Layers that Windows could not have, each refused in a sentence that says what and where. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { rejects } from "../fixtures/rejects.ts";
import { member } from "../fixtures/tar-builder.ts";
import { type ImportOptions, importLayers } from "../fixtures/windows-import.ts";
import { streamMember, type WindowsEntry, windowsEntry, windowsTar } from "../fixtures/windows-tar.ts";

const { Corrupt, FailedPrecondition, NotFound, OutOfRange } = ErrorCode;

type Item = WindowsEntry | Uint8Array;

const file = (path: string, more: Partial<WindowsEntry> = {}): WindowsEntry => windowsEntry("file", path, more);
const dir = (path: string): WindowsEntry => windowsEntry("dir", path);
const link = (path: string, target: string): WindowsEntry => windowsEntry("hardlink", path, { target });
const raw = (name: Uint8Array): Uint8Array => member({ name });
const record = (key: string, value: string): Partial<WindowsEntry> => ({ records: [[key, value]] });
const long = (count: number, text = "x"): string => text.repeat(count);

const SYSTEM = "Files/Windows/System32/config/SYSTEM";

type Case = [why: string, layers: Item[][], code: ErrorCode, message: string | RegExp, options?: ImportOptions];

const NAMES: Case[] = [
  ["absolute", [[file("/a")]], Corrupt, 'layer: "/a": an absolute path'],
  ["the root as a slash", [[raw(Buffer.from("/"))]], Corrupt, 'layer: "/": an absolute path'],
  ["out of the layer", [[file("a/../../b")]], Corrupt, 'layer: "a/../../b": ".." leads out of its directory'],
  ["a dot on the way", [[file("a/./b")]], Corrupt, 'layer: "a/./b": "." is no name'],
  ["an empty part", [[file("a//b")]], Corrupt, 'layer: "a//b": an empty name'],
  ["two slashes behind", [[file("a//")]], Corrupt, 'layer: "a//": an empty name'],
  [
    "a drive",
    [[file("C:/a")]],
    Corrupt,
    'layer: "C:/a": ":" is in no name of a directory, and drives have no place in a layer',
  ],
  ["a backslash", [[file("a\\b")]], Corrupt, "layer: \"a\\b\": '\\' is in no name of Windows"],
  ...['"', "<", ">", "|", "?", "*"].map(
    (letter): Case => [
      `the letter ${letter}`,
      [[file(`a${letter}/b`)]],
      Corrupt,
      `layer: "a${letter}/b": '${letter}' is in no name of Windows`,
    ],
  ),
  [
    "a control character",
    [[file("a\tb")]],
    Corrupt,
    'layer: "a\\x09b": the control character 9 is in no name of Windows',
  ],
  ["no UTF-8", [[raw(Buffer.from([0x61, 0xff]))]], Corrupt, 'layer: "a\\xff": no UTF-8'],
  ["a lone surrogate", [[raw(Buffer.from([0xed, 0xa0, 0x80]))]], Corrupt, 'layer: "\\xed\\xa0\\x80": no UTF-8'],
  ["256 units", [[file(`a/${long(256)}/b`)]], OutOfRange, /: a name of 256 units of UTF-16, past the limit of 255$/],
  [
    "a whiteout of 256 units",
    [[file(`.wh.${long(256)}`)]],
    OutOfRange,
    /: a name of 256 units of UTF-16, past the limit of 255$/,
  ],
  [
    "256 units in pairs",
    [[file(long(128, "😀"))]],
    OutOfRange,
    /: a name of 256 units of UTF-16, past the limit of 255$/,
  ],
  [
    "a path too long",
    [[file(`${long(16_383, "d/")}ff`)]],
    OutOfRange,
    /: 32768 units of UTF-16, past the limit of 32767 for a path$/,
  ],
  [
    "case alone",
    [[file("d/Readme"), file("d/README")]],
    Corrupt,
    'layer: "d/README": the layer has "Readme" there too, and Windows takes them for one',
  ],
  [
    "case alone, of a link",
    [[file("a"), file("b"), link("B", "a")]],
    Corrupt,
    'layer: "B": the layer has "b" there too, and Windows takes them for one',
  ],
  [
    "case alone, of directories",
    [[dir("d"), dir("D")]],
    Corrupt,
    'layer: "D/": the layer has "d" there too, and Windows takes them for one',
  ],
  ["in a file", [[file("a"), file("a/b")]], FailedPrecondition, 'layer: "a/b": "a" is no directory'],
  [
    "in a file below",
    [[file("d/a")], [file("d/a/b/c")]],
    FailedPrecondition,
    'layer: "d/a/b/c": "d\\a" is no directory',
  ],
  [
    "in a link to a directory",
    [[windowsEntry("symlink", "a", { target: "d" }), file("a/b")]],
    FailedPrecondition,
    'layer: "a/b": "a" is no directory',
  ],
  [
    "in a junction",
    [[windowsEntry("junction", "a", { target: "C:/x" })], [file("a/b")]],
    FailedPrecondition,
    'layer: "a/b": "a" leads elsewhere, and nothing stands in it',
  ],
  ["a root that is a file", [[file(".")]], FailedPrecondition, 'layer: ".": the root is a directory'],
  [
    "more names than asked for",
    [[file("a"), file("b"), file("c")]],
    OutOfRange,
    "tree: more than 2 names, the limit for entries",
    { maxEntries: 2 },
  ],
];

const METADATA: Case[] = [
  [
    "attributes that are none",
    [[file("a", { attributes: undefined, ...record("MSWINDOWS.fileattr", "x") })]],
    Corrupt,
    'layer: "a": record MSWINDOWS.fileattr: "x" is not attributes, of 32 bits',
  ],
  [
    "attributes past 32 bits",
    [[file("a", { attributes: 2 ** 32 })]],
    Corrupt,
    'layer: "a": record MSWINDOWS.fileattr: "4294967296" is not attributes, of 32 bits',
  ],
  [
    "attributes below zero",
    [[file("a", { attributes: -1 })]],
    Corrupt,
    'layer: "a": record MSWINDOWS.fileattr: "-1" is not attributes, of 32 bits',
  ],
  [
    "a time before 1601",
    [[file("a", { mtime: -11_644_473_601n * 10n ** 9n })]],
    OutOfRange,
    'layer: "a": a time -11644473601 seconds from 1970, which Windows does not have',
  ],
  [
    "a time past all",
    [[file("a", record("LIBARCHIVE.creationtime", "910692730086"))]],
    OutOfRange,
    'layer: "a": a time 910692730086 seconds from 1970, which Windows does not have',
  ],
  [
    "a time that is none",
    [[file("a", record("LIBARCHIVE.creationtime", "noon"))]],
    Corrupt,
    'tar: record LIBARCHIVE.creationtime: "noon" is not a time',
  ],
  [
    "a directory with content",
    [[file("a", { attributes: 0x10, data: Buffer.from("xy") })]],
    Corrupt,
    'layer: "a": a directory that has 2 bytes of content',
  ],
  [
    "a descriptor that is no base64",
    [[file("a", record("MSWINDOWS.rawsd", "!!!!"))]],
    Corrupt,
    'layer: "a": record MSWINDOWS.rawsd: "!!!!" is no security descriptor',
  ],
  [
    "a descriptor too short",
    [[file("a", { securityDescriptor: Buffer.alloc(19) })]],
    Corrupt,
    /^layer: "a": record MSWINDOWS.rawsd: "A+==?" is no security descriptor$/,
  ],
  [
    "a descriptor too long",
    [[file("a", { securityDescriptor: bigDescriptor() })]],
    OutOfRange,
    'layer: "a": a security descriptor of 65536 bytes, past the limit of 65535',
  ],
  ["a link to nothing", [[windowsEntry("symlink", "a")]], Corrupt, 'layer: "a": a link to nothing'],
  [
    "a target that is no UTF-8",
    [[member({ name: "a", type: "2", link: Buffer.from([0xff]) })]],
    Corrupt,
    'layer: "a": its target "\\xff" is no UTF-8',
  ],
  [
    "a target too long",
    [[windowsEntry("symlink", "a", { target: long(4091) })]],
    OutOfRange,
    'layer: "a": a target of 4091 units, past the 16384 bytes of reparse data',
  ],
  [
    "an attribute without a name",
    [[file("a", record("MSWINDOWS.xattr.", "YQ=="))]],
    Corrupt,
    'layer: "a": extended attribute MSWINDOWS.xattr.: a name of 0 bytes, of 1 to 254',
  ],
  [
    "an attribute's name too long",
    [[file("a", { eas: [[long(255), Buffer.alloc(1)]] })]],
    Corrupt,
    /: a name of 255 bytes, of 1 to 254$/,
  ],
  [
    "an attribute's name that is not printable",
    [[file("a", { eas: [["é", Buffer.alloc(1)]] })]],
    Corrupt,
    'layer: "a": extended attribute MSWINDOWS.xattr.é: a name that is not printable ASCII',
  ],
  [
    "an attribute that is no base64",
    [[file("a", record("MSWINDOWS.xattr.A", "="))], [file("b", record("MSWINDOWS.xattr.A", "a"))]],
    Corrupt,
    'layer: "b": extended attribute MSWINDOWS.xattr.A: a value that is no base64',
  ],
  [
    "attributes too large together",
    [
      [
        file("a", {
          eas: [
            ["A", Buffer.alloc(32_752)],
            ["B", Buffer.alloc(32_760)],
          ],
        }),
      ],
    ],
    OutOfRange,
    'layer: "a": extended attribute MSWINDOWS.xattr.B: all together past 65535 bytes, the limit for a file',
  ],
];

/** Its owner behind a gap: sound, and one byte longer than an image takes. */
function bigDescriptor(): Uint8Array {
  const descriptor = Buffer.alloc(65_536);
  descriptor.writeUInt32LE(0x8000_0001, 0);
  return descriptor;
}

/** Self-relative descriptors in hexadecimal: revision and control; owner, group, SACL and DACL; what these lead to. */
const DESCRIPTORS: [why: string, hex: string][] = [
  ["of another revision", "0200048000000000000000000000000000000000"],
  ["that is not self-relative", "0100040000000000000000000000000000000000"],
  ["whose owner stands in its header", "010000800400000000000000000000000000000000000000"],
  ["whose owner is past its end", "0100008020000000000000000000000000000000"],
  ["whose group is cut off", "01000080140000002000000000000000000000000101000000000005120000000101000000000005200000"],
  ["whose list is cut off", "010004800000000000000000000000001400000002001c0000000000"],
  ["whose list is smaller than its header", "01000480000000000000000000000000140000000200040000000000"],
  ["whose list ends before its entries", "01000480000000000000000000000000140000000200080001000000"],
  ["whose entry ends past its list", "010004800000000000000000000000001400000002000c000100000000001400"],
  ["whose entry is smaller than its header", "010004800000000000000000000000001400000002000c000100000000000000"],
];

for (const [why, hex] of DESCRIPTORS) {
  const message = /^layer: "a": record MSWINDOWS.rawsd: "[A-Za-z0-9+/=]+" is no security descriptor$/;
  METADATA.push([
    `a descriptor ${why}`,
    [[file("a", { securityDescriptor: Buffer.from(hex, "hex") })]],
    Corrupt,
    message,
  ]);
}

const STREAMS: Case[] = [
  [
    "without a file",
    [[streamMember("a:s", Buffer.from("x"))]],
    Corrupt,
    'layer: "a:s": a stream that does not follow its file',
  ],
  [
    "not at once",
    [[file("a"), file("b"), streamMember("a:s", Buffer.alloc(0))]],
    Corrupt,
    'layer: "a:s": a stream that does not follow its file',
  ],
  [
    "in another case",
    [[file("a"), streamMember("A:s", Buffer.alloc(0))]],
    Corrupt,
    'layer: "A:s": a stream that does not follow its file',
  ],
  [
    "of a hard link",
    [[file("a"), link("b", "a"), streamMember("b:s", Buffer.alloc(0))]],
    Corrupt,
    'layer: "b:s": a stream that does not follow its file',
  ],
  [
    "without a name",
    [[file("a", { streams: [[":$DATA", Buffer.alloc(0)]] })]],
    Corrupt,
    'layer: "a::$DATA": a stream without a name',
  ],
  [
    "of another type",
    [[file("a", { streams: [["s:$EA", Buffer.alloc(0)]] })]],
    Corrupt,
    'layer: "a:s:$EA": a stream of another type than $DATA',
  ],
  [
    "of no type",
    [[file("a", { streams: [["s:", Buffer.alloc(0)]] })]],
    Corrupt,
    'layer: "a:s:": a stream of another type than $DATA',
  ],
  ["that is a directory", [[file("a"), dir("a:s")]], Corrupt, 'layer: "a:s/": a stream that is no plain file'],
  ["that is a link", [[file("a"), link("a:s", "a")]], Corrupt, 'layer: "a:s": a stream that is no plain file'],
  [
    "that a link is to",
    [[file("a", { streams: [["s", Buffer.alloc(0)]] }), link("b", "a:s")]],
    Corrupt,
    'layer: "b": hard link to "a:s": a stream has no names',
  ],
  [
    "with a backslash",
    [[file("a", { streams: [["s\\t", Buffer.alloc(0)]] })]],
    Corrupt,
    "layer: \"a:s\\t\": '\\' is in no name of a stream",
  ],
  [
    "of 256 units",
    [[file("a", { streams: [[long(256), Buffer.alloc(0)]] })]],
    OutOfRange,
    /: a stream's name of 256 units of UTF-16, past the limit of 255$/,
  ],
  [
    "past ten thousand",
    [[file("a", { streams: Array.from({ length: 10_001 }, (_, index) => [`${index}`, Buffer.alloc(0)]) })]],
    OutOfRange,
    'layer: "a:10000": more than 10000 streams, the limit for a file',
  ],
  [
    "of a hive",
    [[file(SYSTEM.toLowerCase(), { streams: [["s", Buffer.alloc(0)]] })]],
    FailedPrecondition,
    /: the host needs the file, and has no place for its streams$/,
  ],
];

const LINKS: Case[] = [
  ["to nothing", [[link("a", "b")]], NotFound, 'layer: "a": hard link to "b": there is no such file to link to'],
  [
    "to nothing, in a chain",
    [[link("a", "b"), link("b", "c")]],
    NotFound,
    'layer: "b": hard link to "c": there is no such file to link to',
  ],
  [
    "to a directory",
    [[dir("d"), link("a", "d")]],
    FailedPrecondition,
    'layer: "a": hard link to "d": a directory cannot have a hard link',
  ],
  [
    "to a directory still to come",
    [[link("a", "d"), dir("d")]],
    FailedPrecondition,
    'layer: "a": hard link to "d": a directory cannot have a hard link',
  ],
  [
    "to the root",
    [[link("a", ".")]],
    FailedPrecondition,
    'layer: "a": hard link to ".": a directory cannot have a hard link',
  ],
  ["that the root is", [[link(".", "a")]], FailedPrecondition, 'layer: ".": the root is a directory'],
  ["to itself", [[link("a", "A")]], FailedPrecondition, 'layer: "a": hard link to "A": links that lead in a circle'],
  [
    "in a circle",
    [[link("a", "b"), link("b", "c"), link("c", "a")]],
    FailedPrecondition,
    'layer: "a": hard link to "b": links that lead in a circle',
  ],
  [
    "to what is deleted",
    [[file("b")], [link("a", "c"), file(".wh.b")]],
    NotFound,
    'layer: "a": hard link to "c": there is no such file to link to',
  ],
  ["out of the layer", [[link("a", "../b")]], Corrupt, 'layer: "../b": ".." leads out of its directory'],
  [
    "where the host needs a hive",
    [[file("a"), link(SYSTEM, "a")]],
    FailedPrecondition,
    `layer: "${SYSTEM}": the host needs it, and a hard link to "a" is none it knows`,
  ],
];

const OTHERS: Case[] = [
  ["a whiteout of no name", [[file("d/.wh.")]], Corrupt, 'layer: "d/.wh.": an empty name'],
  ["a whiteout of the directory itself", [[file("d/.wh..")]], Corrupt, 'layer: "d/.wh..": "." is no name'],
  [
    "a whiteout of the directory above",
    [[file("d/.wh...")]],
    Corrupt,
    'layer: "d/.wh...": ".." leads out of its directory',
  ],
  ["a whiteout of a stream", [[file("a"), file(".wh.a:s")]], Corrupt, 'layer: ".wh.a:s": a whiteout of a stream'],
  [
    "a hive twice",
    [[file(SYSTEM), file(SYSTEM)]],
    FailedPrecondition,
    `layer: "${SYSTEM}": the host needs it, and it comes twice`,
  ],
  [
    "a hive that is a directory",
    [[dir("Hives/SAM_DELTA")]],
    FailedPrecondition,
    'layer: "Hives/SAM_DELTA/": the host needs it to be a plain file',
  ],
  [
    "a hive that is a link",
    [[windowsEntry("symlink", "Hives/SAM_DELTA", { target: "x" })]],
    FailedPrecondition,
    'layer: "Hives/SAM_DELTA": the host needs it to be a plain file',
  ],
  [
    "a base layer without hives where it must have them",
    [[file("a")]],
    FailedPrecondition,
    'layer: a base layer without hives: no "Files\\Windows\\System32\\config\\SYSTEM" and no other',
    { requireHives: true },
  ],
  [
    "some of its hives",
    [[file(SYSTEM)]],
    FailedPrecondition,
    /^layer: a base layer with 1 of its 5 hives: "Files\\Windows\\System32\\config\\SOFTWARE", .*\\DEFAULT" missing$/,
  ],
  [
    "a delta without a base",
    [[file("a")], [file("Hives/SAM_DELTA")]],
    FailedPrecondition,
    'layer: "Hives\\SAM_DELTA": no layer below has "Hives\\SAM_BASE", which it changes',
  ],
];

for (const [what, cases] of Object.entries({ NAMES, METADATA, STREAMS, LINKS, OTHERS })) {
  const refused = suite(`windows layer refused: ${what.toLowerCase()}`);
  for (const [why, layers, code, message, options] of cases) {
    refused(why, async () => {
      const error = await rejects(importLayers(layers.map(windowsTar), options), code);
      if (typeof message === "string") assert.is(error.message, message);
      else assert.match(error.message, message);
    });
  }
  refused.run();
}
