/** What no encoder writes, and what is damaged: the core takes it only if the reference decoder does, and finds the same bytes. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { noise, random } from "../fixtures/random.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { MORE, times } from "../fixtures/runs.ts";
import {
  type Block,
  backwards,
  compressed,
  directWeights,
  frame,
  fseTable,
  longLiterals,
  number,
  outcome,
  plainLiterals,
  raw,
  rle,
  type SameCodes,
  sameSequences,
  sequenceCount,
  skippable,
} from "../fixtures/zstd.ts";
import { damage } from "../fuzz/damage-stream.ts";
import { present } from "../oracles/oracle.ts";
import { zstd } from "../oracles/zstd.ts";

/** What the format forbids and `zstd -d` 1.5.4 lets pass; later ones refuse some of it. */
const STRICTER = [
  /sequences take more bits than there are/,
  /bits behind the last sequence/,
  /a stream of literals has \d+ bits more than they take/,
  /a stream of literals ends before its literals do/,
  /table modes with reserved bits/,
  /a match 0 bytes back/,
  /a match \d+ bytes back, in a window/,
  /bytes behind a block without sequences/,
  /are the most in this frame/, // in frames that it decompresses at one go, for they are said to be small
  /a window of \d+ bytes/, // the same
];

interface Verdicts {
  /** What the core makes of each. */
  readonly found: (Buffer | string)[];
  taken: number;
  /** Messages, without their numbers. */
  readonly refused: Map<string, number>;
  /** Those of what the judge takes. */
  readonly stricter: Map<string, number>;
}

const worded = (message: string): string => message.replaceAll(/0x[0-9a-f]+|\d+/g, "N");

/** Of each stream the core says what zstd says, or refuses it for one of the reasons above. */
async function judge(streams: readonly Uint8Array[], size?: number): Promise<Verdicts> {
  const verdicts: Verdicts = { found: [], taken: 0, refused: new Map(), stricter: new Map() };
  const expected = zstd.unpack(streams);
  for (const [index, stream] of streams.entries()) {
    const found = await outcome(stream, size && Math.max(size, Math.ceil(stream.length / 500)));
    verdicts.found.push(found);
    const wanted = expected[index];
    const hex = () => Buffer.from(stream.subarray(0, 600)).toString("hex");
    if (typeof found !== "string") {
      assert.ok(wanted !== undefined, `zstd refuses ${hex()}`);
      assert.ok(found.equals(wanted), `zstd finds other bytes in ${hex()}`);
      verdicts.taken++;
    } else {
      const words = worded(found);
      verdicts.refused.set(words, (verdicts.refused.get(words) ?? 0) + 1);
      if (wanted === undefined) continue;
      assert.ok(
        STRICTER.some((reason) => reason.test(found)),
        `zstd takes ${hex()}: ${found}`,
      );
      verdicts.stricter.set(words, (verdicts.stricter.get(words) ?? 0) + 1);
    }
  }
  return verdicts;
}

const crafted = suite("unzstd: what no encoder writes");

const ABC = Buffer.from("abcdefghijklmnop");
const noSequences = sequenceCount(0);
/** A frame of one block: sixteen literals, and sequences of the same codes. */
const ofSequences = (codes: SameCodes): Buffer => frame([compressed(plainLiterals(ABC), sameSequences(codes))]);
/** One sequence, whose extra bits are these. */
const ofSequence = (literalLength: number, offset: number, matchLength: number, ...extra: [number, number][]): Buffer =>
  ofSequences({ literalLength, offset, matchLength, extra: [extra] });
/** After a block of its own kind, so that there are offsets to repeat: 1, 2 and 3 bytes. */
const ofRecent = (codes: SameCodes): Buffer =>
  frame([
    compressed(
      plainLiterals(ABC),
      sameSequences({ literalLength: 4, offset: 2, matchLength: 0, extra: [[[2, 2]], [[1, 2]], [[0, 2]]] }),
    ),
    compressed(plainLiterals(ABC), sameSequences(codes)),
  ]);
const count = (length: number, [value, bits]: [number, number]): [number, number][][] =>
  Array.from({ length }, () => [[value, bits]]);

/** Sequences without a literal, whose matches have three bytes. */
const ofMany = (length: number, window: number): Buffer =>
  frame(
    [
      raw(ABC),
      compressed(
        plainLiterals(ABC),
        sameSequences({ literalLength: 0, offset: 2, matchLength: 0, extra: count(length, [1, 2]) }),
      ),
    ],
    { window },
  );
/** Offsets 5 to 12, over what the sequences before have made. */
const OVERLAPS: [number, number][][] = Array.from({ length: 8 }, (_, i) => [[i, 3]]);

const LONG_LITERALS = plainLiterals({ byte: 9, count: 66_000 });
/** Two sequences by tables of rare codes, whose states take all bits of the next: the first takes 57 bits and 26 for that.
 * How many follow tells how many bits of the word loaded can be used: with 5, of the first only 56; with 7, of the second. */
const longSequences = (code: number): Buffer[] => [
  sequenceCount(2),
  number(0b10_10_10_00, 1),
  fseTable([511, ...new Array(34).fill(0), -1], 9),
  fseTable([...new Array(code).fill(0), 255, ...new Array(25 - code).fill(0), -1], 8),
  fseTable([511, ...new Array(50).fill(0), -1], 9),
  backwards([
    ...([
      [511, 9],
      [255, 8],
      [511, 9],
    ] as const), // states: of literals, offset, match
    ...([
      [77_777, 26],
      [5, 15],
      [13, 16],
    ] as const), // extra bits: of offset, match, literals
    ...([
      [5, 9],
      [7, 9],
      [3, 8],
    ] as const), // states: of literals, match, offset
    [1, code], // extra bits of the last offset
  ]),
];

/** Code lengths 1, 2, 3 … and the last twice; symbol 0 has the shortest. */
const staircase = (longest: number): Buffer => directWeights(Array.from({ length: longest }, (_, i) => longest - i));
const staircaseCode = (symbol: number, longest: number): [number, number] =>
  symbol < longest ? [1, symbol + 1] : [0, longest];
const huffman = (symbols: number[], longest: number): Block =>
  compressed(
    longLiterals(
      symbols.length,
      Buffer.concat([staircase(longest), backwards(symbols.map((symbol) => staircaseCode(symbol, longest)))]),
    ),
    noSequences,
  );

const TAKEN: [what: string, stream: Buffer][] = [
  ["no block but an empty one", frame([raw(new Uint8Array())])],
  ["an empty run", frame([rle(7, 0)])],
  ["a run as long as the window", frame([rle(7, 1024)])],
  ["a window of an eighth more", frame([rle(7, 1152)], { window: 1152 })],
  ["the longest run", frame([rle(7, 131_072)], { window: 2 ** 20 })],
  ["the longest block", frame([raw(noise(131_072))], { window: 131_072 })],
  ["empty blocks between others", frame([raw(ABC), raw(new Uint8Array()), rle(1, 3), raw(ABC)])],
  ["the bit of the descriptor without a meaning", frame([raw(ABC)], { bits: 0x10 })],
  ...([1, 2, 4, 8] as const).map((size): [string, Buffer] => [
    `a content size of ${size} bytes`,
    frame([rle(7, size === 2 ? 256 : 16)], {
      contentSize: size === 2 ? 256 : 16,
      contentSizeSize: size,
      singleSegment: true,
    }),
  ]),
  ...[1, 2, 3].flatMap((size): [string, Buffer][] => [
    [`literals as they are, a header of ${size}`, frame([compressed(plainLiterals(ABC, size), noSequences)])],
    [
      `a literal over and over, a header of ${size}`,
      frame([compressed(plainLiterals({ byte: 7, count: 9 }, size), noSequences)]),
    ],
  ]),
  ["no literals and no sequences", frame([compressed(plainLiterals(new Uint8Array(), 1), noSequences)])],
  ["a run of 1024 literals", frame([compressed(plainLiterals({ byte: 7, count: 1024 }), noSequences)])],
  ["a match of the byte before", ofSequence(1, 2, 0, [0, 2])],
  ["a match as far back as there is data", ofSequence(8, 3, 5, [3, 3])],
  ["matches of every overlap", ofRecent({ literalLength: 1, offset: 3, matchLength: 20, extra: OVERLAPS })],
  ["the most recent offset", ofRecent({ literalLength: 3, offset: 0, matchLength: 4, extra: count(3, [0, 0]) })],
  [
    "the two before it",
    ofRecent({ literalLength: 2, offset: 1, matchLength: 4, extra: [[[0, 1]], [[1, 1]], [[1, 1]], [[0, 1]]] }),
  ],
  [
    "the second, where no literal comes first",
    ofRecent({ literalLength: 0, offset: 0, matchLength: 9, extra: count(5, [0, 0]) }),
  ],
  [
    "the third, where no literal comes first",
    ofRecent({ literalLength: 0, offset: 1, matchLength: 9, extra: [[[0, 1]], [[0, 1]], [[0, 1]], [[0, 1]]] }),
  ],
  [
    "one less than the first",
    ofRecent({ literalLength: 0, offset: 1, matchLength: 9, extra: [[[0, 1]], [[1, 1]], [[1, 1]]] }),
  ],
  ["300 sequences", ofMany(300, 1024)],
  ["33,000 sequences", ofMany(33_000, 131_072)],
  [
    "the longest match",
    frame(
      [
        raw(ABC),
        compressed(
          plainLiterals(ABC),
          sameSequences({
            literalLength: 0,
            offset: 2,
            matchLength: 52,
            extra: [
              [
                [1, 2],
                [65_533 - 16, 16],
              ],
            ],
          }),
        ),
      ],
      { window: 2 ** 20 },
    ),
  ],
  [
    "the most literals",
    frame(
      [
        compressed(
          plainLiterals({ byte: 9, count: 131_069 }),
          sameSequences({
            literalLength: 35,
            offset: 2,
            matchLength: 0,
            extra: [
              [
                [1, 2],
                [65_533, 16],
              ],
            ],
          }),
        ),
      ],
      { window: 2 ** 20 },
    ),
  ],
  ...[5, 7].map((code): [string, Buffer] => [
    `more bits than a word has, and ${code}`,
    frame([...Array.from({ length: 513 }, () => rle(3, 131_072)), compressed(LONG_LITERALS, ...longSequences(code))], {
      window: 2 ** 27,
    }),
  ]),
  [
    "a table with one code of all states",
    frame([
      raw(ABC),
      compressed(
        plainLiterals(ABC),
        number(2, 1),
        number(0b10_10_10_00, 1),
        fseTable([0, 32], 5),
        fseTable([0, 0, 32], 5),
        fseTable([32], 5),
        backwards([
          [3, 5],
          [4, 5],
          [5, 5],
          [1, 2],
          [2, 2],
        ]),
      ),
    ]),
  ],
  ["codes of 11 bits", frame([huffman([0, 1, 2, 10, 11, 5, 0, 0], 11)])],
  ["codes of 12 bits", frame([huffman([0, 1, 2, 11, 12, 5, 0, 0], 12)])],
  ["codes of one bit", frame([huffman([0, 1, 1, 0, 1], 1)])],
  ["a dictionary of number 0", frame([raw(ABC)], { dictionaryId: 0 })],
];

const REFUSED: [what: string, stream: Buffer, message: string][] = [
  [
    "a block of the reserved type",
    frame([{ type: 3, size: 1, content: ABC.subarray(0, 1) }]),
    "at byte 6: a block of the reserved type",
  ],
  ["the reserved bit of the descriptor", frame([raw(ABC)], { bits: 8 }), "at byte 4: "],
  ["another dictionary", frame([raw(ABC)], { dictionaryId: 77 }), "at byte 6: dictionary 77 is asked for"],
  ["no frame", Buffer.from("abcd"), "at byte 0: 0x64636261 does not begin a frame"],
  [
    "no frame behind a frame",
    Buffer.concat([frame([raw(ABC)]), Buffer.alloc(5)]),
    "at byte 25: 0x00000000 does not begin",
  ],
  ["a run longer than the window", frame([rle(7, 1025)]), "a block of 1025 bytes; 1024 are the most"],
  ["a run longer than a block", frame([rle(7, 131_073)], { window: 2 ** 20 }), "a block of 131073 bytes; 131072"],
  ["a block longer than the window", frame([raw(noise(1025))]), "a block of 1025 bytes; 1024 are the most"],
  [
    "less than the content size",
    frame([raw(ABC)], { contentSize: 17 }),
    "16 bytes up to this block; their frame is said to have 17",
  ],
  [
    "more than the content size",
    frame([raw(ABC), raw(ABC)], { contentSize: 15 }),
    "16 bytes up to this block; their frame is said to have 15",
  ],
  ["a wrong checksum", frame([raw(ABC)], { checksum: 1 }), "at byte 25: checksum 0x00000001, computed 0x"],
  [
    "literals behind their block",
    frame([compressed(plainLiterals(ABC).subarray(0, 10))]),
    "literals go on behind their block",
  ],
  [
    "more literals than a block may have",
    frame([compressed(plainLiterals({ byte: 7, count: 1025 }), noSequences)]),
    "1025 literals in a block of 1024 bytes",
  ],
  ["no number of sequences", frame([compressed(plainLiterals(ABC))]), "before the number of its sequences"],
  [
    "half a number of sequences",
    frame([compressed(plainLiterals(ABC), number(200, 1))]),
    "before the number of its sequences",
  ],
  ["no tables", frame([compressed(plainLiterals(ABC), sequenceCount(1))]), "before the tables of its sequences"],
  [
    "bytes behind no sequences",
    frame([compressed(plainLiterals(ABC), number(0, 2))]),
    "bytes behind a block without sequences",
  ],
  [
    "literals by no earlier table",
    frame([compressed(Buffer.concat([number(3 | (5 << 4) | (2 << 14), 3), ABC]), noSequences)]),
    "by an earlier table, where there is none",
  ],
  [
    "sequences by no earlier table",
    frame([compressed(plainLiterals(ABC), number(1, 1), number(0xfc, 1), ABC)]),
    "by an earlier table, where there is none",
  ],
  [
    "four streams of five literals",
    frame([compressed(longLiterals(5, Buffer.concat([staircase(3), Buffer.alloc(12, 1)]), 4), noSequences)]),
    "5 literals in four streams",
  ],
  ["a literal length of no meaning", ofSequence(36, 2, 0), "literal lengths of code 36; 35 is the last"],
  ["an offset of no meaning", ofSequence(0, 32, 0), "offsets of code 32; 31 is the last"],
  ["a match length of no meaning", ofSequence(0, 2, 53), "match lengths of code 53; 52 is the last"],
  [
    "codes without one",
    frame([compressed(plainLiterals(ABC), number(1, 1), number(0x54, 1))]),
    "literal lengths without their code",
  ],
  ["a match before the data", ofSequence(3, 3, 0, [3, 3]), "a match that begins before its data does"],
  [
    "a match before the frame",
    Buffer.concat([frame([raw(ABC)]), ofSequence(3, 3, 0, [3, 3])]),
    "a match that begins before its data does",
  ],
  ["more literals than there are", ofSequence(16, 2, 0, [1, 2], [1, 1]), "sequences take more literals than there are"],
  ["a match past the block", ofSequence(8, 2, 45, [1, 2], [510, 9]), "a block of more bytes than it may have"],
  [
    "literals past the block",
    frame([
      compressed(
        plainLiterals({ byte: 1, count: 1024 }),
        sameSequences({ literalLength: 1, offset: 2, matchLength: 0, extra: [[[0, 2]]] }),
      ),
    ]),
    "a block of more than 1024 bytes",
  ],
  [
    "sequences that no bit ends",
    frame([compressed(plainLiterals(ABC), number(1, 1), number(0x54, 1), Buffer.of(0, 0, 0, 0))]),
    "sequences that no bit ends",
  ],
  [
    "a table of too many states",
    frame([compressed(plainLiterals(ABC), number(1, 1), number(0x90, 1), fseTable([1024], 10), ABC)]),
    "a table of 2^10 states; 2^9 are the most",
  ],
  [
    "a table of too many codes",
    frame([
      compressed(
        plainLiterals(ABC),
        number(1, 1),
        number(0x90, 1),
        fseTable(
          Array.from({ length: 64 }, () => 1),
          6,
        ),
        ABC,
      ),
    ]),
    "a table of more symbols than 36",
  ],
  [
    "a table behind its block",
    frame([compressed(plainLiterals(ABC), number(1, 1), number(0x90, 1), fseTable([8, 8, 8, 8], 5).subarray(0, 1))]),
    "a table goes on behind its end",
  ],
  ["weights of 13", frame([huffman([0, 1], 13)]), "a Huffman weight of 13; 12 is the most"],
  [
    "weights behind their literals",
    frame([compressed(longLiterals(6, staircase(11).subarray(0, 5)), noSequences)]),
    "Huffman weights go on behind their end",
  ],
  [
    "weights that no last one completes",
    frame([compressed(longLiterals(6, Buffer.concat([directWeights([3, 3, 1]), ABC])), noSequences)]),
    "Huffman weights that no last one completes",
  ],
  [
    "weights of zero",
    frame([compressed(longLiterals(6, Buffer.concat([directWeights([0, 0]), ABC])), noSequences)]),
    "no Huffman weight but zeros",
  ],
  [
    "a stream that no bit ends",
    frame([compressed(longLiterals(6, Buffer.concat([staircase(3), Buffer.alloc(3)])), noSequences)]),
    "a stream of literals that no bit ends",
  ],
  ["a window of 2 GiB", frame([raw(ABC)], { window: 2 ** 31 }), "a window of 2147483648 bytes; 134217728"],
  ["a frame of zstd 0.7", Buffer.from("27b52ffd00000000", "hex"), "0xfd2fb527 begins a frame of zstd before 0.8"],
  // What the judge takes, and the format does not.
  [
    "bits behind the last sequence",
    frame([
      compressed(
        plainLiterals(ABC),
        sameSequences({
          literalLength: 4,
          offset: 2,
          matchLength: 0,
          extra: [
            [
              [1, 2],
              [1, 1],
            ],
          ],
        }),
      ),
    ]),
    "1 bits behind the last sequence",
  ],
  [
    "reserved bits of table modes",
    frame([compressed(plainLiterals(ABC), number(1, 1), number(0x55, 1), Buffer.of(4, 2, 0), backwards([[1, 2]]))]),
    "table modes with reserved bits",
  ],
  ["an offset of 0", ofSequence(0, 1, 0, [1, 1]), "a match 0 bytes back"],
  [
    "a match farther back than the window",
    frame([
      raw(noise(1024)),
      raw(noise(1024)),
      compressed(
        plainLiterals(ABC),
        sameSequences({ literalLength: 0, offset: 10, matchLength: 0, extra: [[[4, 10]]] }),
      ),
    ]),
    "a match 1025 bytes back, in a window of 1024",
  ],
];

if (present(zstd, crafted)) {
  crafted("is taken, with the bytes that zstd finds", async () => {
    for (const [what, stream] of TAKEN) {
      const verdicts = await judge([stream]);
      assert.is(verdicts.taken, 1, `${what}: ${[...verdicts.refused.keys()]}`);
      assert.is((await judge([stream], 1)).taken, 1, what);
    }
  });

  crafted("is refused, and the message says where and why", async () => {
    for (const [what, stream, message] of REFUSED) {
      const found = await outcome(stream);
      assert.type(found, "string", `${what} is taken`);
      assert.match(String(found), message, what);
      assert.is(await outcome(stream, 1), found, what);
    }
    await judge(REFUSED.map(([, stream]) => stream).filter((stream) => stream[0] !== 0x27));
  });

  crafted("matches of each distance, over the end of a lap", async () => {
    // Blocks of 1 KiB in a window of 1 KiB: the ring of 513 KiB is written a few times over.
    for (const offset of [1, 2, 15, 16, 17, 900, 1000, 1023, 1024]) {
      const code = Math.floor(Math.log2(offset + 3));
      const match: SameCodes = {
        literalLength: 8,
        offset: code,
        matchLength: 42,
        extra: count(6, [offset + 3 - 2 ** code, code]).map(([pair]) => [pair!, [8, 5]]),
      };
      const blocks = Array.from({ length: 1800 }, (_, i) =>
        i % 9 === 0
          ? raw(noise(1024 - (i % 25), i))
          : compressed(plainLiterals(noise(60 + (i % 7), i)), sameSequences(match)),
      );
      const verdicts = await judge([frame(blocks)], 50_000);
      assert.is(verdicts.taken, 1, `${offset}: ${[...verdicts.refused.keys()]}`);
    }
  });
}

crafted.run();

const fuzzed = suite("unzstd: damage");

if (present(zstd, fuzzed)) {
  const text = Buffer.from(Array.from({ length: 900 }, (_, line) => `line ${line * 7919} of ${line % 13}\n`).join(""));
  const layer = realisticTar(60);

  fuzzed("each flipped bit of small frames: the right bytes, or an error", async () => {
    const some = text.subarray(0, 500);
    const FRAMES = [
      zstd.pack(some, ["-19"]),
      zstd.packFile(some, ["-3"]),
      zstd.pack(text.subarray(0, 3000), ["-19", "--zstd=wlog=10"]),
      Buffer.concat([skippable(Buffer.from("abc")), zstd.pack(Buffer.from("a".repeat(300))), zstd.pack(noise(40))]),
    ];
    for (const whole of FRAMES) {
      const expected = zstd.unpack([whole])[0]!;
      const flipped = Array.from({ length: whole.length * 8 }, (_, bit) => {
        const copy = Buffer.from(whole);
        copy[bit >> 3]! ^= 1 << (bit & 7);
        return copy;
      });
      const verdicts = await judge(flipped);
      assert.ok([...verdicts.refused.values()].reduce((sum, n) => sum + n, 0) > flipped.length * 0.8);
      for (const [index, found] of verdicts.found.entries()) {
        // A bit that means nothing, or that makes a frame one to be skipped, or leaves it without its checksum.
        if (typeof found === "string" || found.equals(expected)) continue;
        assert.ok(index < 8 * 5 || whole.readUInt32LE(0) !== 0xfd2fb528, `bit ${index} gives wrong bytes`);
      }
    }
  });

  fuzzed("random damage is judged as zstd judges it, and in the same words whatever the pieces", async () => {
    const next = random(11);
    const WORDS = [
      ["-1"],
      ["-3", "--no-check"],
      ["-19", "--no-check"],
      ["-5", "--no-check", "--zstd=wlog=10"],
      ["--fast=3", "--no-check"],
    ];
    const frames = WORDS.flatMap((words) => [
      zstd.pack(text, words),
      zstd.packFile(text.subarray(0, 2000), words),
      zstd.pack(layer.subarray(0, 30_000), words),
    ]);
    const damaged = Array.from({ length: 1500 * MORE }, (_, i) => damage(frames[i % frames.length]!, next));
    const verdicts = await judge(damaged);
    for (const one of damaged.slice(0, 200)) {
      const found = await outcome(one);
      const again = await outcome(one, 1 + Math.floor(next() * 3000));
      assert.equal(String(again), String(found));
    }
    // Damage that never matters, or always in one way, would test nothing.
    assert.ok(verdicts.taken > 50, String(verdicts.taken));
    assert.ok(verdicts.refused.size > 20, [...verdicts.refused.keys()].join("\n"));
  });
}

fuzzed.run();

const property = suite("unzstd: property");

if (present(zstd, property)) {
  const contents = fc.tuple(fc.nat(4), fc.nat(60_000), fc.nat(2 ** 30)).map(([kind, size, seed]): Uint8Array => {
    if (kind === 0) return noise(size, seed);
    if (kind === 1) return new Uint8Array(size);
    const next = random(seed);
    const letters = kind === 3 ? 3 : 60;
    return Uint8Array.from({ length: size }, () => 64 + Math.floor(next() ** 3 * letters));
  });
  const words = fc
    .tuple(fc.integer({ min: 1, max: 19 }), fc.integer({ min: 10, max: 24 }), fc.boolean())
    .map(([level, log, check]) => [`-${level}`, `--zstd=wlog=${log}`, check ? "--check" : "--no-check"]);

  property("any bytes, packed by zstd in any way, come back, whatever the pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(contents, words), { minLength: 1, maxLength: 3 }),
        fc.nat(70_000),
        async (parts, size) => {
          const stream = Buffer.concat(parts.map(([bytes, how]) => zstd.pack(bytes, how)));
          const found = await outcome(stream, Math.max(size, Math.ceil(stream.length / 1000)));
          assert.ok(Buffer.concat(parts.map(([bytes]) => bytes)).equals(found as Buffer), String(found).slice(0, 100));
        },
      ),
      times(60),
    );
  });

  property("blocks of random bits are judged as zstd judges them", async () => {
    const streams: Uint8Array[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 2, maxLength: 200 }),
        fc.nat(3),
        fc.nat(3),
        async (bytes, type, modes) => {
          const literals = type < 2 ? plainLiterals(bytes.subarray(0, 9)) : new Uint8Array();
          const tables = [0, 0x54, 0xa8, 0x20][modes]!;
          const block =
            type < 2 ? compressed(literals, Buffer.of(1 + (bytes[0]! & 3), tables), bytes) : compressed(bytes);
          streams.push(frame([raw(ABC), block], { window: 131_072 }));
        },
      ),
      times(800),
    );
    const verdicts = await judge(streams);
    assert.ok(verdicts.refused.size > 12, [...verdicts.refused.keys()].join("\n"));
  });
}

property.run();
