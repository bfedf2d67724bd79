/** The double of cimfs.dll: right calls pass, and each wrong one is caught. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { broken, calls, failAt, openHandles, startDoubles, writtenImage } from "../../fixtures/doubles.ts";
import { scratchFolder } from "../../fixtures/scratch.ts";
import { assertBroken, E_INVALIDARG, E_POINTER, given, win32 } from "./calling.ts";

const cimfs = koffi.load("cimfs.dll");
const FIELDS = {
  Attributes: "uint32_t",
  FileSize: "int64_t",
  CreationTime: "int64_t",
  LastWriteTime: "int64_t",
  ChangeTime: "int64_t",
  LastAccessTime: "int64_t",
  SecurityDescriptorBuffer: "const void *",
  SecurityDescriptorSize: "uint32_t",
  ReparseDataBuffer: "const void *",
  ReparseDataSize: "uint32_t",
  EaBuffer: "const void *",
  EaBufferSize: "uint32_t",
};
koffi.struct("DoubleMetadata", FIELDS);
koffi.struct("DoubleImagePath", { ImageDir: "const char16_t *", ImageName: "const char16_t *" });
const CimCreateImage = cimfs.func(
  "int CimCreateImage(const char16_t *path, const char16_t *existing, const char16_t *new, _Out_ void **image)",
);
const CimCreateImage2 = cimfs.func(
  "int CimCreateImage2(const char16_t *path, uint32_t flags, const char16_t *existing, const char16_t *new, _Out_ void **image)",
);
const CimCreateFile = cimfs.func(
  "int CimCreateFile(void *image, const char16_t *path, DoubleMetadata *metadata, _Out_ void **stream)",
);
const CimCreateAlternateStream = cimfs.func(
  "int CimCreateAlternateStream(void *image, const char16_t *path, uint64_t size, _Out_ void **stream)",
);
const CimWriteStream = cimfs.func("int CimWriteStream(void *stream, const void *bytes, uint32_t length)");
const CimCloseStream = cimfs.func("void CimCloseStream(void *stream)");
const CimCreateHardLink = cimfs.func(
  "int CimCreateHardLink(void *image, const char16_t *new, const char16_t *existing)",
);
const CimDeletePath = cimfs.func("int CimDeletePath(void *image, const char16_t *path)");
const CimCommitImage = cimfs.func("int CimCommitImage(void *image)");
const CimCloseImage = cimfs.func("void CimCloseImage(void *image)");
const CimTombstoneFile = cimfs.func("int CimTombstoneFile(void *image, const char16_t *path)");
const CimAddFsToMergedImage2 = cimfs.func(
  "int CimAddFsToMergedImage2(void *image, const char16_t *path, uint32_t flags)",
);
const CimSealImage = cimfs.func(
  "int CimSealImage(const char16_t *path, _Out_ uint64_t *hashSize, _Out_ uint64_t *headerSize, _Out_ uint8_t *hash)",
);
const CimMountImage = cimfs.func(
  "int CimMountImage(const char16_t *path, const char16_t *name, uint32_t flags, const uint8_t *volume)",
);
const CimMergeMountImage = cimfs.func(
  "int CimMergeMountImage(uint32_t count, DoubleImagePath *images, uint32_t flags, const uint8_t *volume)",
);
const CimDismountImage = cimfs.func("int CimDismountImage(const uint8_t *volume)");

const images = suite("doubles: cimfs.dll");
images.before.each(startDoubles);

const SINGLE_FILE = 0x8;
const MOUNT_SINGLE_FILE = 0x20;
const VOLUME = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const VOLUME_ID = "33221100-5544-7766-8899-aabbccddeeff";

/** The one with no owner, no group and a DACL that is NULL. */
const DESCRIPTOR = Buffer.from(`01000480${"00".repeat(16)}`, "hex");
const FILE = {
  Attributes: 0x20,
  FileSize: 5n,
  CreationTime: 132_223_104_000_000_001n,
  LastWriteTime: 2n,
  ChangeTime: 3n,
  LastAccessTime: 4n,
  SecurityDescriptorBuffer: DESCRIPTOR as Buffer | null,
  SecurityDescriptorSize: DESCRIPTOR.length,
  ReparseDataBuffer: null as Buffer | null,
  ReparseDataSize: 0,
  EaBuffer: null as Buffer | null,
  EaBufferSize: 0,
};
const DIRECTORY = { ...FILE, Attributes: 0x10, FileSize: 0n };

const imageIn = (folder: string, existing: string | null = null, name: string | null = "a.cim") =>
  given((out) => CimCreateImage(folder, existing, name, out));
const someImage = () => imageIn(scratchFolder());

function putFile(image: unknown, path: string, metadata = FILE, data = ""): void {
  const stream = given((out) => CimCreateFile(image, path, metadata, out));
  if (data !== "") assert.is(CimWriteStream(stream, Buffer.from(data), data.length), 0);
  CimCloseStream(stream);
}

function finish(image: unknown): void {
  assert.is(CimCommitImage(image), 0);
  CimCloseImage(image);
}

images("an image is written, with all that it was told", () => {
  const folder = scratchFolder();
  const image = imageIn(folder);
  putFile(image, "Files", DIRECTORY);
  putFile(image, "\\Files\\a", FILE, "hello");
  const stream = given((out) => CimCreateAlternateStream(image, "Files\\a:more", 5n, out));
  CimWriteStream(stream, Buffer.from("abc"), 3);
  CimCloseStream(stream);
  assert.is(CimCreateHardLink(image, "Files\\b", "files\\A"), 0);
  assert.is(openHandles().length, 1);
  finish(image);

  assert.equal(broken(), []);
  assert.equal(openHandles(), []);
  const [files, a, b] = writtenImage(join(folder, "a.cim"));
  assert.equal([files!.path, files!.directory, files!.metadata.FileSize], ["Files", true, "0"]);
  assert.equal([a!.path, b!.path, a!.file === b!.file], ["Files\\a", "Files\\b", true]);
  assert.equal(a!.metadata, {
    Attributes: 0x20,
    FileSize: "5",
    CreationTime: "132223104000000001",
    LastWriteTime: "2",
    ChangeTime: "3",
    LastAccessTime: "4",
    SecurityDescriptorBuffer: DESCRIPTOR.toString("hex"),
    SecurityDescriptorSize: 20,
    ReparseDataBuffer: null,
    ReparseDataSize: 0,
    EaBuffer: null,
    EaBufferSize: 0,
  });
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  assert.equal(b!.streams, [
    { name: "", size: "5", written: "5", sha256: sha256("hello"), bytes: Buffer.from("hello").toString("hex") },
    { name: "more", size: "5", written: "3", sha256: sha256("abc"), bytes: "616263" },
  ]);
});

images("bytes of a structure stand in the record, where the header has them", () => {
  const image = someImage();
  putFile(image, "a");
  const bytes = Buffer.from(calls("CimCreateFile")[0]!.arguments.metadataBytes, "hex");
  assert.is(bytes.length, 96);
  assert.equal(
    [bytes.readUInt32LE(0), bytes.readBigInt64LE(8), bytes.readBigInt64LE(16), bytes.readUInt32LE(56)],
    [FILE.Attributes, FILE.FileSize, FILE.CreationTime, FILE.SecurityDescriptorSize],
  );
  CimCloseImage(image);
});

images("a fork has what its parent has, but for what it deletes", () => {
  const folder = scratchFolder();
  const parent = imageIn(folder);
  putFile(parent, "d", DIRECTORY);
  putFile(parent, "d\\a", FILE, "hello");
  putFile(parent, "ü漢😀", FILE, "odd");
  finish(parent);

  const fork = imageIn(folder, "a.cim", "b.cim");
  assert.is(CimCreateHardLink(fork, "linked", "d\\a"), 0);
  assert.is(CimDeletePath(fork, "D"), 0);
  assert.is(CimDeletePath(fork, "d"), win32(3));
  finish(fork);
  assert.equal(
    writtenImage(join(folder, "b.cim")).map(({ path, streams }) => [path, streams[0]!.bytes]),
    [
      ["ü漢😀", "6f6464"],
      ["linked", "68656c6c6f"],
    ],
  );
  assert.equal(broken(), []);
});

images("what is closed without being committed was never there", () => {
  const folder = scratchFolder();
  CimCloseImage(imageIn(folder));
  assert.not(existsSync(join(folder, "a.cim")));
  assert.equal(openHandles(), []);
});

images("names are refused as Windows does", () => {
  const folder = scratchFolder();
  finish(imageIn(folder));
  const create = (existing: string | null, name: string | null) => CimCreateImage(folder, existing, name, [null]);
  assert.is(create(null, "a.cim"), win32(80));
  assert.is(create("none.cim", "b.cim"), win32(2));
  assert.is(CimCreateImage(join(folder, "none"), null, "b.cim", [null]), win32(3));
  const image = imageIn(folder, null, "c.cim");
  assert.is(create(null, "d.cim"), win32(32));
  CimCloseImage(image);
  assert.equal(broken(), []);
  assert.is(create(null, null), E_INVALIDARG);
  assert.is(create(null, ""), E_INVALIDARG);
  assertBroken(/neither/, /newImageName: no name/);
});

images("a mounted image is a volume, until it is dismounted", () => {
  const folder = scratchFolder();
  const image = imageIn(folder);
  putFile(image, "d", DIRECTORY);
  putFile(image, "d\\a", FILE, "hello");
  finish(image);
  assert.is(CimMountImage(folder, "a.cim", 0, VOLUME), 0);
  assert.is(readFileSync(`\\\\?\\Volume{${VOLUME_ID}}\\d\\a`, "utf8"), "hello");
  assert.equal(openHandles(), [`mounted volume ${VOLUME_ID}`]);
  assert.is(CimMountImage(folder, "a.cim", 0, VOLUME), win32(183));
  const again = imageIn(folder, "a.cim", null);
  assert.is(CimCommitImage(again), win32(32));
  CimCloseImage(again);
  assert.is(CimDismountImage(VOLUME), 0);
  assert.is(CimDismountImage(VOLUME), win32(2));
  assert.not(existsSync(`\\\\?\\Volume{${VOLUME_ID}}\\`));
  assert.is(CimMountImage(folder, "none.cim", 0, VOLUME), win32(2));
  assert.equal(broken(), []);
});

images("block CIMs are written to files, merged, sealed and mounted", () => {
  const folder = scratchFolder();
  const blocks = ["top", "base", "merged"].map((name) => join(folder, `${name}.bcim`));
  for (const path of blocks) {
    const image = given((out) => CimCreateImage2(path, SINGLE_FILE, null, "l.cim", out));
    if (path.endsWith("top.bcim")) assert.is(CimTombstoneFile(image, "gone"), 0);
    if (path.endsWith("merged.bcim")) {
      for (const source of blocks.slice(0, 2)) assert.is(CimAddFsToMergedImage2(image, `${source}\\l.cim`, 1), 0);
    }
    finish(image);
  }
  const [hashSize, headerSize, hash] = [[0n], [0n], Buffer.alloc(32)];
  assert.is(CimSealImage(blocks[2], hashSize, headerSize, hash), 0);
  assert.equal([Number(hashSize[0]), hash[31]], [32, 31]);
  const [top, base, merged] = blocks.map((path) => ({ ImageDir: path, ImageName: "l.cim" }));
  assert.is(CimMergeMountImage(3, [merged, top, base], MOUNT_SINGLE_FILE, VOLUME), 0);
  assert.equal(
    calls("CimMergeMountImage")[0]!.arguments.images.map(({ ImageDir }: { ImageDir: string }) => ImageDir),
    [blocks[2], blocks[0], blocks[1]],
  );
  assert.is(CimDismountImage(VOLUME), 0);
  assert.equal(broken(), []);
});

images("functions that return nothing leave junk where others have their answer", () => {
  const asNumber = cimfs.func("int CimCloseImage(void *image)");
  assert.is(asNumber(someImage()), 0x80004005 | 0);
});

images("what was to be given is junk where a call fails", () => {
  failAt("CimCreateImage", 0x80070005);
  const CreateImage = cimfs.func(
    "int CimCreateImage(const char16_t *path, const char16_t *existing, const char16_t *new, _Out_ uint64_t *image)",
  );
  const out = [0n];
  assert.is(CreateImage(scratchFolder(), null, "a.cim", out), win32(5));
  assert.is(BigInt(out[0]!), 0xccccccccccccccccn);
});

images("streams end where it was said that they do", () => {
  const image = someImage();
  const stream = given((out) => CimCreateFile(image, "a", FILE, out));
  assert.is(CimWriteStream(stream, Buffer.from("hell"), 4), 0);
  assert.is(CimWriteStream(stream, Buffer.from("o!"), 2), win32(38));
  assert.is(CimWriteStream(stream, 4096n, 1), E_POINTER);
  CimCloseStream(stream);
  assert.is(CimWriteStream(stream, Buffer.from("o"), 1), E_INVALIDARG);
  CimCloseStream(stream);
  CimCloseImage(image);
  assertBroken(/longer than/, /cannot be read/, /is closed/, /is closed/);
});

images("with a stream open, its image does nothing else", () => {
  const image = someImage();
  const stream = given((out) => CimCreateFile(image, "a", FILE, out));
  const IN_USE = win32(32);
  assert.is(CimCreateFile(image, "b", FILE, [null]), IN_USE);
  assert.is(CimCreateHardLink(image, "b", "a"), IN_USE);
  assert.is(CimDeletePath(image, "a"), IN_USE);
  assert.is(CimCommitImage(image), IN_USE);
  CimCloseImage(image);
  assert.is(broken().length, 5);
  assert.is(openHandles().length, 1);
  CimCloseStream(stream);
  assert.match(broken()[5]!, /its image is closed/);
});

images("an image is not written to by two threads at a time", async () => {
  const image = someImage();
  const deleted = () => new Promise((resolve) => CimDeletePath.async(image, "none", resolve));
  await Promise.all(Array.from({ length: 200 }, deleted));
  assert.ok(broken().length > 0);
  assert.ok(broken().every((words) => words === "CimDeletePath: called while another call with the same handle runs"));
  CimCloseImage(image);
});

images("after commit an image takes close alone", () => {
  const image = someImage();
  assert.is(CimCommitImage(image), 0);
  assert.is(CimCommitImage(image), E_INVALIDARG);
  assert.is(CimCreateFile(image, "a", FILE, [null]), E_INVALIDARG);
  CimCloseImage(image);
  CimCloseImage(image);
  assertBroken(/is committed/, /is committed/, /is closed/);
});

const WRONG_PATHS: [why: string, call: (image: unknown) => number, answer: number, told: RegExp][] = [
  [
    "a directory that is not there yet",
    (image) => CimCreateFile(image, "d\\a", FILE, [null]),
    win32(3),
    /not there yet/,
  ],
  ["a backslash at the end", (image) => CimCreateFile(image, "d\\", DIRECTORY, [null]), E_INVALIDARG, /empty part/],
  ["a way up", (image) => CimDeletePath(image, "..\\a"), E_INVALIDARG, /\.\./],
  ["slashes", (image) => CimDeletePath(image, "d/a"), E_INVALIDARG, /a letter/],
  ["a link to nothing", (image) => CimCreateHardLink(image, "b", "none"), win32(3), /not there/],
  ["a link to a directory", (image) => CimCreateHardLink(image, "b", "is"), win32(5), /directory/],
  ["a stream of no name", (image) => CimCreateAlternateStream(image, "is", 1n, [null]), E_INVALIDARG, /path:name/],
  [
    "a stream with its type",
    (image) => CimCreateAlternateStream(image, "is:a:$DATA", 1n, [null]),
    E_INVALIDARG,
    /path:name/,
  ],
  ["a stream of nothing", (image) => CimCreateAlternateStream(image, "none:a", 1n, [null]), win32(3), /not there/],
  ["a tombstone in what is no block CIM", (image) => CimTombstoneFile(image, "is"), win32(87), /no block CIM/],
  ["an image that is none", () => CimCommitImage(0x1234n), E_INVALIDARG, /no handle/],
];

for (const [why, call, answer, told] of WRONG_PATHS) {
  images(`catches ${why}`, () => {
    const image = someImage();
    putFile(image, "is", DIRECTORY);
    assert.is(call(image), answer);
    assertBroken(told);
    CimCloseImage(image);
  });
}

/** A FILE_FULL_EA_INFORMATION. */
function attribute(
  next: number,
  name: string,
  value: string,
  { nameLength = name.length, valueLength = value.length } = {},
) {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(next, 0);
  head.writeUInt8(nameLength, 5);
  head.writeUInt16LE(valueLength, 6);
  return Buffer.concat([head, Buffer.from(`${name}\0${value}`)]);
}
const withAttributes = (bytes: Buffer) => ({ ...FILE, EaBuffer: bytes, EaBufferSize: bytes.length });

/** A REPARSE_DATA_BUFFER of a symbolic link. */
const REPARSE = Buffer.from("0c0000a00c0000000000000000000000010000006100", "hex").subarray(0, 20);
const withReparse = (bytes: Buffer) => ({
  ...FILE,
  FileSize: 0n,
  Attributes: 0x400,
  ReparseDataBuffer: bytes,
  ReparseDataSize: bytes.length,
});

images("extended attributes and reparse data are taken", () => {
  const image = someImage();
  putFile(
    image,
    "a",
    withAttributes(Buffer.concat([attribute(16, "ONE", "1"), Buffer.alloc(3), attribute(0, "TWO", "")])),
  );
  putFile(image, "b", withReparse(REPARSE));
  assert.equal(broken(), []);
  CimCloseImage(image);
});

const WRONG_METADATA: [why: string, metadata: object, told: RegExp][] = [
  ["a size below zero", { ...FILE, FileSize: -1n }, /FileSize: -1/],
  ["a directory with data", { ...DIRECTORY, FileSize: 1n }, /FileSize: 1/],
  ["a time before 1601", { ...FILE, ChangeTime: -1n }, /ChangeTime/],
  ["a length without bytes", { ...FILE, SecurityDescriptorBuffer: null }, /SecurityDescriptorBuffer: NULL/],
  ["a descriptor cut short", { ...FILE, SecurityDescriptorSize: 19 }, /no security descriptor/],
  [
    "one that is not self-relative",
    { ...FILE, SecurityDescriptorBuffer: Buffer.alloc(40), SecurityDescriptorSize: 40 },
    /self-rel/,
  ],
  [
    "one whose parts lie beyond its end",
    { ...FILE, SecurityDescriptorBuffer: Buffer.from("01000480ffff0000000000000000000000000000", "hex") },
    /Security/,
  ],
  ["a reparse point without its attribute", { ...withReparse(REPARSE), Attributes: 0x20 }, /Attributes say/],
  ["the attribute without reparse data", { ...FILE, Attributes: 0x400 }, /Attributes say/],
  ["reparse data of another length", withReparse(REPARSE.subarray(0, 16)), /says it takes 20 bytes, and has 16/],
  ["attributes that go past the end", withAttributes(attribute(0, "ONE", "1", { valueLength: 2 })), /past the end/],
  ["a name that does not end", withAttributes(attribute(0, "ONE", "1", { nameLength: 2 })), /does not end/],
  [
    "a chain with an odd step",
    withAttributes(Buffer.concat([attribute(13, "ONE", "1"), attribute(0, "TWO", "")])),
    /13 bytes on/,
  ],
  [
    "a chain that leads back",
    withAttributes(Buffer.concat([attribute(4, "ONE", "1"), attribute(0, "TWO", "")])),
    /4 bytes on/,
  ],
];

for (const [why, metadata, told] of WRONG_METADATA) {
  images(`catches ${why}`, () => {
    const image = someImage();
    assert.is(CimCreateFile(image, "a", metadata, [null]), E_INVALIDARG);
    assert.match(broken().join("; "), told);
    CimCloseImage(image);
  });
}

images("tells of a file without a security descriptor, and takes it", () => {
  const image = someImage();
  putFile(image, "a", { ...FILE, SecurityDescriptorBuffer: null, SecurityDescriptorSize: 0 });
  assertBroken(/there is none/);
  CimCloseImage(image);
});

/** Fields that a declaration gets wrong, and what is seen of it. */
const MISDECLARED: [why: string, fields: Record<string, string>, metadata: object, told: RegExp][] = [
  [
    "numbers of 32 bits",
    { FileSize: "int32_t", CreationTime: "int32_t" },
    { FileSize: 5, CreationTime: 6 },
    /"FileSize":"6"/,
  ],
  [
    "sizes where buffers are",
    { SecurityDescriptorBuffer: "uint32_t", SecurityDescriptorSize: "const void *" },
    { SecurityDescriptorBuffer: DESCRIPTOR.length, SecurityDescriptorSize: DESCRIPTOR },
    /"SecurityDescriptorBuffer":null/,
  ],
  ["a field that is left out", { ChangeTime: "" }, {}, /"LastAccessTime":"[0-9]{6,}"/],
];

for (const [i, [why, changed, metadata, told]] of MISDECLARED.entries()) {
  images(`shows ${why}`, () => {
    const fields = Object.entries({ ...FIELDS, ...changed }).filter(([, type]) => type !== "");
    koffi.struct(`Misdeclared${i}`, Object.fromEntries(fields));
    const misdeclared = `int CimCreateFile(void *image, const char16_t *path, Misdeclared${i} *metadata, _Out_ void **stream)`;
    const image = someImage();
    cimfs.func(misdeclared)(image, "a", { ...FILE, ...metadata }, [null]);
    assert.match(JSON.stringify(calls("CimCreateFile")), told);
    CimCloseImage(image);
  });
}

images("a CIM of others' making can be forked: what is in it is not known", () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "a.cim"), "MSCIM\0\0\0");
  const image = imageIn(folder, "a.cim", "b.cim");
  putFile(image, "unknown\\a", FILE, "hello");
  assert.is(CimDeletePath(image, "unknown\\b"), 0);
  finish(image);
  assert.equal(broken(), []);
});

images.run();
