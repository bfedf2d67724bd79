/** gzip as the core reads it: zlib is the judge of what it is, other encoders show what there is. */
import { execFileSync } from "node:child_process";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/index.ts";
import {
  Bits,
  codesOf,
  dynamicCounts,
  dynamicHeader,
  gzipMember,
  inflateByZlib,
  inflateInCore,
  lengthCode,
} from "../fixtures/gzip.ts";
import { noise, random } from "../fixtures/random.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { times } from "../fixtures/runs.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { damage } from "../fuzz/damage-stream.ts";
import { missing, type Oracle, present } from "../oracles/oracle.ts";

const layer = realisticTar(400);

/** The core says of `bytes` what zlib says: these bytes, or no. @returns what it holds, or the core's message */
async function agree(bytes: Uint8Array, size?: number): Promise<Buffer | string> {
  const expected = inflateByZlib(bytes);
  const found = await inflateInCore(bytes, size).catch((error: unknown) => {
    if (!(error instanceof ImageError)) throw error;
    assert.is(ErrorCode[error.code], "Corrupt", error.message);
    return error.message;
  });
  if (typeof found !== "string") {
    assert.ok(expected !== undefined, "zlib refuses it");
    assert.ok(found.equals(expected), "zlib finds other bytes");
    return found;
  }
  assert.match(found, /^gzip: (at byte \d+: |ends at byte \d+, )/);
  assert.is(expected, undefined, `zlib takes it: ${found}`);
  return found;
}

const valid = suite("gunzip: what is sound");

for (const level of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
  valid(`level ${level}`, async () => {
    for (const size of [512 * 1024, 4099]) {
      assert.ok((await inflateInCore(zlib.gzipSync(layer, { level }), size)).equals(layer));
    }
  });
}

const STRATEGIES = {
  filtered: zlib.constants.Z_FILTERED,
  "literals alone": zlib.constants.Z_HUFFMAN_ONLY,
  "runs alone": zlib.constants.Z_RLE,
  "fixed codes": zlib.constants.Z_FIXED,
};
for (const [name, strategy] of Object.entries(STRATEGIES)) {
  valid(name, async () => {
    assert.ok((await inflateInCore(zlib.gzipSync(layer, { strategy }))).equals(layer));
  });
}

valid("byte by byte", async () => {
  const some = layer.subarray(0, 100_000);
  assert.ok((await inflateInCore(zlib.gzipSync(some), 1)).equals(some));
});

valid("of every length up to 600, which is where a checksum's steps begin and end", async () => {
  const bytes = noise(600);
  for (let length = 0; length <= bytes.length; length++) {
    const some = bytes.subarray(0, length);
    assert.ok((await inflateInCore(zlib.gzipSync(some, { level: 1 }))).equals(some), String(length));
  }
});

valid("matches of every distance up to 300, over and over", async () => {
  for (let distance = 1; distance <= 300; distance++) {
    const some = Buffer.alloc(5000, noise(distance));
    assert.ok((await inflateInCore(zlib.gzipSync(some))).equals(some), String(distance));
  }
});

valid("zeros by the thousand from each byte, past many windows", async () => {
  const zeros = Buffer.alloc(20 * 2 ** 20);
  assert.ok((await inflateInCore(zlib.gzipSync(zeros, { level: 9 }))).equals(zeros));
});

valid("members, one behind another, empty ones among them, and zeros behind the last", async () => {
  const members = [layer.subarray(0, 70_000), Buffer.alloc(0), layer.subarray(70_000, 70_001), layer.subarray(70_001)];
  const packed = Buffer.concat(members.map((each) => zlib.gzipSync(each)));
  for (const padding of [0, 1, 512, 700_000]) {
    const bytes = Buffer.concat([packed, Buffer.alloc(padding)]);
    for (const size of [512 * 1024, 1000]) assert.ok((await inflateInCore(bytes, size)).equals(layer));
  }
});

valid("all that a header may hold", async () => {
  const [extra, name, comment] = [Buffer.from("\x05\x00extra", "latin1"), Buffer.from("név\0"), Buffer.from("why\0")];
  const content = Buffer.from("content");
  const deflate = zlib.deflateRawSync(content);
  for (let flags = 0; flags < 32; flags++) {
    const fields = Buffer.concat([
      Uint8Array.of(flags, 1, 2, 3, 4, 5, 6),
      ...(flags & 4 ? [extra] : []),
      ...(flags & 8 ? [name] : []),
      ...(flags & 16 ? [comment] : []),
    ]);
    const crc = Buffer.alloc(4);
    crc.writeUInt32LE(zlib.crc32(Buffer.concat([Uint8Array.of(0x1f, 0x8b, 8), fields])));
    const header = flags & 2 ? Buffer.concat([fields, crc.subarray(0, 2)]) : fields;
    const member = gzipMember({ deflate, content, header });
    for (const size of [member.length, 1]) assert.equal(await agree(member, size), content, `flags ${flags}`);
    if ((flags & 2) === 0) continue;
    member[12 + fields.length - 9]! ^= 1; // in the last field, or its checksum
    assert.match(await agree(member).then(String), "header checksum");
  }
});

/** `from` to `to`, each with `more`. */
const levels = (from: number, to: number, ...more: string[]): string[][] =>
  Array.from({ length: to - from + 1 }, (_, level) => [`-${from + level}`, ...more]);

interface Encoder {
  program: string;
  debianPackage: string;
  version?: string;
  /** What it is asked for, one after the other. */
  asked: string[][];
  /** Bytes that it is given, where it takes its time. */
  most?: number;
}

/** Programs that write gzip, each in its own way. */
const ENCODERS: Encoder[] = [
  { program: "gzip", debianPackage: "gzip", asked: [...levels(1, 9), ["-1", "--rsyncable"], ["-9", "--rsyncable"]] },
  {
    program: "pigz",
    debianPackage: "pigz",
    asked: [
      ...levels(0, 9),
      ...levels(0, 9, "--independent", "-p", "4"),
      ["--rsyncable"],
      ["-b", "32", "-p", "4"],
      ["--huffman"],
      ["--rle"],
      ["-C", "a comment"],
    ],
  },
  {
    program: "pigz",
    debianPackage: "pigz",
    asked: [["-11"], ["-11", "--oneblock"], ["-11", "--independent", "-b", "128"]],
    most: 300_000,
  },
  {
    program: "zopfli",
    debianPackage: "zopfli",
    version: "-h",
    asked: [["--i1"], ["--i5", "--splitlast"]],
    most: 300_000,
  },
  { program: "libdeflate-gzip", debianPackage: "libdeflate-tools", version: "-V", asked: levels(1, 12) },
  { program: "igzip", debianPackage: "isal", asked: [...levels(0, 3), ["-T", "4"]] },
];

for (const { program, debianPackage, version, asked, most = layer.length } of ENCODERS) {
  const encoder: Oracle = { name: program, missing: missing(program, debianPackage, version) };
  if (!present(encoder, valid)) continue;
  valid(`${program}, in ${asked.length} ways`, async () => {
    const some = layer.subarray(0, most);
    const path = scratchFile("layer", some);
    for (const args of asked) {
      const packed = execFileSync(program, ["-c", ...args, path], { maxBuffer: 1 << 30 });
      for (const size of [512 * 1024, 777]) {
        assert.ok((await inflateInCore(packed, size)).equals(some), `${args.join(" ")}, in pieces of ${size}`);
      }
    }
  });
}

valid("thousands of members, by many encoders, in one stream", async () => {
  const members = Array.from({ length: 3000 }, (_, i) => layer.subarray(i * 97, i * 97 + (i % 211)));
  const packed = members.map((each, i) => zlib.gzipSync(each, { level: i % 10, strategy: i % 5 }));
  for (const size of [512 * 1024, 61]) {
    assert.ok((await inflateInCore(Buffer.concat(packed), size)).equals(Buffer.concat(members)));
  }
});

valid.run();

const judged = suite("gunzip: codes and blocks, judged as zlib judges them");

/** A code of `count` symbols in which only these have a length. */
const lengths = (count: number, some: Record<number, number>): number[] =>
  Array.from({ length: count }, (_, symbol) => some[symbol] ?? 0);

/** Literals "a" and "b", the end, and the length 3. */
const FOUR = lengths(258, { 97: 2, 98: 2, 256: 2, 257: 2 });
const [A, , STOP, THREE] = [97, 98, 256, 257].map((symbol) => codesOf(FOUR)[symbol]!) as [
  string,
  string,
  string,
  string,
];
const FIXED = codesOf([
  ...Array.from({ length: 144 }, () => 8),
  ...Array.from({ length: 112 }, () => 9),
  ...Array.from({ length: 24 }, () => 7),
  ...Array.from({ length: 8 }, () => 8),
]);
const fixedBlock = (): Bits => new Bits().number(1, 1).number(1, 2);
const fixedDistance = (symbol: number): string => symbol.toString(2).padStart(5, "0");

/** Codes of every length up to 15, so that the longest need a second table, and both are full. */
const LONG = lengths(286, { ...Object.fromEntries(Array.from({ length: 14 }, (_, i) => [i, i + 1])), 14: 15, 256: 15 });
const LONG_DISTANCES = Array.from({ length: 16 }, (_, i) => Math.min(i + 1, 15));

const CASES: [why: string, expected: string | RegExp, deflate: () => Bits][] = [
  ["a stored block", "ab", () => new Bits().number(1, 1).number(0, 2).align().bytes(2, 0, 253, 255, 97, 98)],
  ["an empty stored block", "", () => new Bits().number(1, 1).number(0, 2).align().bytes(0, 0, 255, 255)],
  [
    "a stored block whose length's complement is none",
    /complement/,
    () => new Bits().number(1, 1).number(0, 2).align().bytes(2, 0, 253, 254, 97, 98),
  ],
  ["a block of the reserved type", /reserved/, () => new Bits().number(1, 1).number(3, 2)],
  ["fixed codes", "a", () => fixedBlock().code(FIXED[97]!, FIXED[256]!)],
  [
    "a match that reaches the first byte",
    "aaaa",
    () => fixedBlock().code(FIXED[97]!, FIXED[257]!, fixedDistance(0), FIXED[256]!),
  ],
  [
    "a match that reaches before the first byte",
    /begins before/,
    () => fixedBlock().code(FIXED[97]!, FIXED[257]!, fixedDistance(1), FIXED[256]!),
  ],
  ["the fixed code of symbol 286", /literal or length/, () => fixedBlock().code(FIXED[286]!, FIXED[256]!)],
  ["the fixed code of symbol 287", /literal or length/, () => fixedBlock().code(FIXED[287]!, FIXED[256]!)],
  [
    "the fixed code of distance 30",
    /distance code/,
    () => fixedBlock().code(FIXED[97]!, FIXED[257]!, fixedDistance(30), FIXED[256]!),
  ],
  [
    "the fixed code of distance 31",
    /distance code/,
    () => fixedBlock().code(FIXED[97]!, FIXED[257]!, fixedDistance(31), FIXED[256]!),
  ],
  ["codes of its own", "aaaa", () => dynamicHeader({ literals: FOUR, distances: [1, 1] }).code(A, THREE, "0", STOP)],
  [
    "one distance code of one bit",
    "aaaa",
    () => dynamicHeader({ literals: FOUR, distances: [1] }).code(A, THREE, "0", STOP),
  ],
  [
    "the other bit of one distance code",
    /distance code/,
    () => dynamicHeader({ literals: FOUR, distances: [1] }).code(A, THREE, "1", STOP),
  ],
  [
    "one distance code of two bits",
    /incomplete/,
    () => dynamicHeader({ literals: FOUR, distances: [2] }).code(A, STOP),
  ],
  ["no distance code, and no match", "a", () => dynamicHeader({ literals: FOUR, distances: [0] }).code(A, STOP)],
  [
    "no distance code, and a match",
    /distance code/,
    () => dynamicHeader({ literals: FOUR, distances: [0] }).code(A, THREE, "0", STOP),
  ],
  ["only the end", "", () => dynamicHeader({ literals: lengths(257, { 256: 1 }), distances: [0] }).code("0")],
  [
    "only the end, and the other bit",
    /literal or length/,
    () => dynamicHeader({ literals: lengths(257, { 256: 1 }), distances: [0] }).code("1", "0"),
  ],
  [
    "only the end, in two bits",
    /incomplete/,
    () => dynamicHeader({ literals: lengths(257, { 256: 2 }), distances: [0] }).code("00"),
  ],
  [
    "no end",
    /end of the block/,
    () => dynamicHeader({ literals: lengths(257, { 97: 1, 98: 1 }), distances: [0] }).code("0"),
  ],
  [
    "literal codes that leave room",
    /incomplete/,
    () => dynamicHeader({ literals: lengths(257, { 97: 1, 256: 2 }), distances: [0] }).code("0", "10"),
  ],
  [
    "literal codes that have no room",
    /more than fit/,
    () => dynamicHeader({ literals: lengths(257, { 97: 1, 98: 1, 256: 1 }), distances: [0] }).code("0"),
  ],
  [
    "distance codes that have no room",
    /more than fit/,
    () => dynamicHeader({ literals: FOUR, distances: [1, 1, 1] }).code(STOP),
  ],
  [
    "codes of 15 bits",
    "\x0e\x0d\x00\x0e",
    () => {
      const codes = codesOf(LONG);
      return dynamicHeader({ literals: LONG, distances: [0] }).code(
        codes[14]!,
        codes[13]!,
        codes[0]!,
        codes[14]!,
        codes[256]!,
      );
    },
  ],
  [
    "distance codes of 15 bits",
    /begins before/,
    () =>
      dynamicHeader({ literals: FOUR, distances: LONG_DISTANCES })
        .code(A, THREE, codesOf(LONG_DISTANCES)[15]!)
        .number(0, 6)
        .code(STOP),
  ],
  [
    "286 literal codes",
    "a",
    () => dynamicHeader({ literals: lengths(286, { 97: 1, 256: 1 }), distances: [0] }).code("0", "1"),
  ],
  [
    "287 literal codes",
    /287 literal/,
    () => dynamicHeader({ literals: lengths(287, { 97: 1, 256: 1 }), distances: [0] }).code("0", "1"),
  ],
  [
    "30 distance codes",
    "a",
    () => dynamicHeader({ literals: FOUR, distances: lengths(30, { 0: 1, 29: 1 }) }).code(A, STOP),
  ],
  [
    "31 distance codes",
    /31 distance/,
    () => dynamicHeader({ literals: FOUR, distances: lengths(31, { 0: 1, 29: 1 }) }).code(A, STOP),
  ],
  [
    "code lengths without a code",
    /code length codes are incomplete/,
    () =>
      new Bits()
        .number(1, 1)
        .number(2, 2)
        .number(0, 5)
        .number(0, 5)
        .number(0, 4)
        .number(0, 12 + 300),
  ],
  [
    "code lengths in codes of one bit that leave room",
    /code length codes are incomplete/,
    () => new Bits().number(1, 1).number(2, 2).number(0, 5).number(0, 5).number(0, 4).number(1, 12).number(0, 300),
  ],
  [
    "code lengths in codes that have no room",
    /code length codes are more/,
    () => new Bits().number(1, 1).number(2, 2).number(0, 5).number(0, 5).number(0, 4).number(0o1111, 12).number(0, 300),
  ],
  [
    "a first code length that repeats the one before",
    /repeats one before/,
    () => dynamicCounts(257, 1).code(lengthCode(16)).number(0, 400),
  ],
  [
    "code lengths that repeat past the last",
    /repeat past the 258/,
    () => dynamicCounts(257, 1).code(lengthCode(18)).number(127, 7).code(lengthCode(18)).number(127, 7),
  ],
];

for (const [why, expected, deflate] of CASES) {
  judged(`${why}: ${typeof expected === "string" ? "taken" : "refused"}`, async () => {
    const content = Buffer.from(typeof expected === "string" ? expected : "", "latin1");
    const member = gzipMember({ deflate: deflate().toBytes(), content });
    // What follows decides whether the quick or the careful way of decoding meets it.
    for (const bytes of [member, Buffer.concat([member, zlib.gzipSync(layer.subarray(0, 50_000))])]) {
      for (const size of [bytes.length, 1]) {
        const found = await agree(bytes, size);
        if (expected instanceof RegExp) assert.match(String(found), expected);
        else assert.ok(Buffer.isBuffer(found) && found.subarray(0, content.length).equals(content), String(found));
      }
    }
  });
}

judged("a match that reaches into the member before: refused", async () => {
  const bad = gzipMember({
    deflate: fixedBlock().code(FIXED[97]!, FIXED[257]!, fixedDistance(1), FIXED[256]!).toBytes(),
    content: Buffer.from("abab"),
  });
  const bytes = Buffer.concat([zlib.gzipSync("a member before"), bad]);
  for (const size of [bytes.length, 1]) assert.match(String(await agree(bytes, size)), "begins before");
});

judged("other methods, reserved flags, a wrong checksum or length, and no member: refused, with where", async () => {
  const whole = zlib.gzipSync(layer.subarray(0, 10_000));
  const refused: [at: number, message: RegExp][] = [
    [1, /^gzip: at byte 0: 0xaa1f does not begin a member/],
    [2, /^gzip: at byte 2: compression method 41/],
    [3, /^gzip: at byte 3: flags 0x0021/],
    [whole.length - 8, /^gzip: at byte \d+: checksum 0x/],
    [whole.length - 4, /^gzip: at byte \d+: length 10033, found 10000/],
  ];
  for (const [at, message] of refused) {
    const broken = Buffer.from(whole);
    broken[at]! ^= 0x21;
    for (const size of [broken.length, 1]) assert.match(String(await agree(broken, size)), message);
  }
  const between = Buffer.concat([whole, Buffer.alloc(3), whole]);
  assert.is(await agree(between), `gzip: at byte ${whole.length + 3}: data after the padding of the last member`);
  assert.match(
    String(await agree(Buffer.concat([whole, Buffer.from("more")]))),
    `at byte ${whole.length}: 0x6f6d does not`,
  );
});

judged("that breaks off, anywhere: refused, with where it ends", async () => {
  const whole = zlib.gzipSync(layer.subarray(0, 3000));
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.subarray(0, length);
    for (const size of [512 * 1024, 1]) {
      assert.is(await agree(cut, size), `gzip: ends at byte ${length}, before its data does`);
    }
  }
});

judged.run();

const property = suite("gunzip: property");

/** Bytes of one kind: noise, text, zeros, a tar, or few letters. */
/** Mostly short; now and then longer than the core's window. */
const lengthsOfContents = fc.oneof(
  { weight: 15, arbitrary: fc.nat(30_000) },
  { weight: 1, arbitrary: fc.nat(700_000) },
);
const contents = fc.tuple(fc.nat(4), lengthsOfContents, fc.nat(2 ** 30)).map(([kind, size, seed]): Uint8Array => {
  if (kind === 0) return noise(size, seed);
  if (kind === 1) return new Uint8Array(size);
  if (kind === 2) return layer.subarray(seed % layer.length).subarray(0, size);
  const next = random(seed);
  const letters = kind === 3 ? 3 : 60;
  return Uint8Array.from({ length: size }, () => 64 + Math.floor(next() ** 3 * letters));
});

const packed = fc
  .tuple(
    contents,
    fc.record({
      level: fc.integer({ min: 0, max: 9 }),
      memLevel: fc.integer({ min: 1, max: 9 }),
      windowBits: fc.integer({ min: 9, max: 15 }),
      strategy: fc.constantFrom(0, 1, 2, 3, 4),
    }),
  )
  .map(([content, options]) => zlib.gzipSync(content, options));

const sizes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 512 * 1024 }));
/** As it is, or as large as it takes to have a thousand pieces. */
const fewPieces = (size: number, bytes: Uint8Array): number => Math.max(size, Math.ceil(bytes.length / 1000));

property("any bytes, packed by zlib in any way, come back, whatever the pieces", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(packed, { minLength: 1, maxLength: 3 }), sizes, async (members, size) => {
      const bytes = Buffer.concat(members);
      assert.ok(Buffer.isBuffer(await agree(bytes, fewPieces(size, bytes))));
    }),
    times(150),
  );
});

property("any damage is judged as zlib judges it, and in the same words whatever the pieces", async () => {
  const verdicts = { taken: 0, refused: new Set<string>() };
  await fc.assert(
    fc.asyncProperty(packed, fc.nat(2 ** 30), sizes, async (bytes, seed, size) => {
      const damaged = damage(bytes, random(seed));
      const found = await agree(damaged, fewPieces(size, damaged));
      if (typeof found !== "string") verdicts.taken++;
      else {
        verdicts.refused.add(found.replaceAll(/0x[0-9a-f]+|\d+/g, "N"));
        assert.is(await agree(damaged), found);
      }
    }),
    times(800),
  );
  // Damage that never matters, or always in one way, would test nothing.
  assert.ok(verdicts.taken > 5, String(verdicts.taken));
  assert.ok(verdicts.refused.size > 8, [...verdicts.refused].join("\n"));
});

/** Streams of two members, and of every type of block. */
const SMALL: [what: string, level: number, strategy: number, size: number][] = [
  ["stored", 0, zlib.constants.Z_DEFAULT_STRATEGY, 40],
  ["fixed codes", 9, zlib.constants.Z_FIXED, 120],
  ["codes of its own", 9, zlib.constants.Z_DEFAULT_STRATEGY, 700],
  ["literals alone", 9, zlib.constants.Z_HUFFMAN_ONLY, 150],
];

for (const [what, level, strategy, size] of SMALL) {
  property(`each single bit that is turned: the right bytes or an error; ${what}`, async () => {
    const squares = Array.from({ length: 400 }, (_, i) => `${i * i}\n`).join("");
    const members = [Buffer.from(squares.slice(0, size)), Buffer.from("the end")];
    const whole = Buffer.concat(members);
    const packed = Buffer.concat(members.map((each) => zlib.gzipSync(each, { level, strategy })));
    let taken = 0;
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const damaged = Uint8Array.from(packed);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const found = await inflateInCore(damaged).catch((error: unknown) => {
        assert.ok(error instanceof ImageError && error.code === ErrorCode.Corrupt, `bit ${bit}: ${error}`);
      });
      if (found === undefined) continue;
      assert.ok(found.equals(whole), `bit ${bit}: wrong bytes`);
      taken++;
    }
    // Those of the time, of hints and of the system that packed it do not matter; hardly any of others.
    assert.ok(taken >= 2 * 8 * 6 && taken < 2 * 8 * 6 + 40, `${taken} bits do not matter`);
  });
}

property("blocks of random bits are judged as zlib judges them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.nat(3), sizes, async (bytes, type, size) => {
      const deflate = Uint8Array.from(bytes);
      if (type < 3) deflate[0] = (deflate[0]! & ~7) | 1 | (type << 1);
      await agree(gzipMember({ deflate, content: Buffer.alloc(0) }), size);
    }),
    times(1000),
  );
});

property.run();
