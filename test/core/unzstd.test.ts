/** zstd as the core reads it: the reference decoder is the judge of what it is, its encoder shows what there is. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Codec } from "../../assembly/abi.ts";
import { startCore } from "../../src/host/core.ts";
import { feedingInto } from "../../src/host/fed-core.ts";
import { startWasm } from "../../src/host/wasm.ts";
import { noise, random } from "../fixtures/random.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import {
  type Block,
  frame,
  kindsIn,
  outcome,
  raw,
  rle,
  skippable,
  unzstdInCore,
  unzstdPieces,
} from "../fixtures/zstd.ts";
import { present } from "../oracles/oracle.ts";
import { zstd } from "../oracles/zstd.ts";

type Exports = Awaited<ReturnType<typeof import("../../core.js").instantiate>>;

const MIB = 2 ** 20;
const layer = realisticTar(400).subarray(0, 2 * MIB);
const text = Buffer.from(Array.from({ length: 3000 }, (_, line) => `line ${line * 7919} of ${line % 13}\n`).join(""));

const written = suite("unzstd: what zstd writes");

if (present(zstd, written)) {
  const LEVELS = Array.from({ length: 19 }, (_, level) => `-${level + 1}`);
  const WORDS: string[][] = [
    ...LEVELS.map((level) => [level]),
    ...["-20", "-21", "-22"].map((level) => ["--ultra", level]),
    ...[1, 5, 40].map((level) => [`--fast=${level}`]),
    ["--long=27", "-3"],
    ["--long=24", "-19"],
    ["-T0", "-3"],
    ["-T0", "-B1048576"],
    ["--no-check"],
    ["--no-content-size"],
    ["--no-compress-literals"],
    ["--compress-literals", "--fast=3"],
    ["--rsyncable", "-T2"],
    ["--target-compressed-block-size=1300"],
    ...[10, 11, 14, 17, 20].map((log) => ["-5", `--zstd=wlog=${log}`]),
    ["-19", "--zstd=wlog=10,strategy=9"],
    ["-12", "--zstd=mml=3,tlen=999"],
  ];
  const kinds = new Map<string, number>();

  for (const words of WORDS) {
    written(`zstd ${words.join(" ")}`, async () => {
      for (const [bytes, size] of [
        [layer, 512 * 1024],
        [text, 4099],
      ] as const) {
        for (const packed of [zstd.pack(bytes, words), zstd.packFile(bytes, words)]) {
          assert.ok((await unzstdInCore(packed, size)).equals(bytes));
          for (const [kind, count] of kindsIn(packed)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
        }
      }
    });
  }

  written("of lengths up to 600, which is where checksums, streams and blocks begin and end", async () => {
    const core = await startCore(() => {});
    for (let length = 0; length <= 600; length += length < 130 ? 1 : 7) {
      const some = length % 2 === 0 ? text.subarray(0, length) : noise(length);
      const words = length % 5 < 2 ? ["-1"] : ["-19"];
      assert.ok((await unzstdPieces([zstd.pack(some, words)], core)).equals(some), String(length));
    }
  });

  written("of few letters, of many, of runs, and of matches at every distance up to 300", async () => {
    const next = random(7);
    const few = Uint8Array.from({ length: 200_000 }, () => 64 + Math.floor(next() ** 4 * 5));
    const runs = Buffer.concat(Array.from({ length: 400 }, (_, i) => Buffer.alloc(1 + ((i * 37) % 900), i)));
    const repeats = Buffer.concat(
      Array.from({ length: 300 }, (_, distance) => {
        const one = noise(distance + 1, distance);
        return Buffer.concat([one, one, one, one.subarray(0, distance % 50)]);
      }),
    );
    const letters = Uint8Array.from({ length: 2000 }, () => 64 + Math.floor(next() * 60));
    const known = noise(131_072);
    const oneLiteral = Array.from({ length: 3000 }, (_, i) => [
      Buffer.of(7),
      known.subarray(i * 40, i * 40 + 33),
    ]).flat();
    const joined = Buffer.concat([known, ...oneLiteral]);
    for (const bytes of [few, runs, repeats, letters, joined, Buffer.alloc(3 * MIB)]) {
      for (const words of [["-1"], ["-7"], ["-19"], ["--no-content-size", "--zstd=wlog=10"]]) {
        const packed = zstd.pack(bytes, words);
        assert.ok((await unzstdInCore(packed)).equals(bytes), words.join(" "));
        for (const [kind, count] of kindsIn(packed)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
      }
    }
  });

  written("frames one behind another, empty ones and skippable ones among them", async () => {
    const parts = [layer.subarray(0, 300_000), layer.subarray(300_000, 300_001), layer.subarray(300_001)];
    const [first, second, third] = parts.map((part) => zstd.packFile(part)) as [Buffer, Buffer, Buffer];
    const empty = zstd.pack(new Uint8Array());
    const between = [
      skippable(Buffer.from("abc"), 15),
      empty,
      skippable(Buffer.alloc(0)),
      skippable(noise(700_000), 3),
    ];
    const stream = Buffer.concat([...between, first, ...between, second, empty, third, ...between]);
    for (const size of [512 * 1024, 997]) assert.ok((await unzstdInCore(stream, size)).equals(layer));
    assert.is((await unzstdInCore(empty)).length, 0);
    assert.is((await unzstdInCore(skippable(Buffer.from("alone")))).length, 0);
    assert.equal(zstd.unpack([stream]), [Buffer.from(layer)]);
  });

  written("thousands of small frames, of windows small and large by turns", async () => {
    const small = zstd.pack(text.subarray(0, 3000), ["--zstd=wlog=10"]);
    const large = zstd.pack(text, ["--zstd=wlog=23"]);
    const stream = Buffer.concat(Array.from({ length: 2000 }, (_, i) => (i % 40 === 0 ? large : small)));
    const expected = Buffer.concat(
      Array.from({ length: 2000 }, (_, i) => (i % 40 === 0 ? text : text.subarray(0, 3000))),
    );
    for (const size of [512 * 1024, 10_007]) assert.ok((await unzstdInCore(stream, size)).equals(expected));
  });

  written("by the byte, and cut in two anywhere", async () => {
    const some = text.subarray(0, 4000);
    const stream = Buffer.concat([
      zstd.pack(some),
      skippable(Buffer.from("abc")),
      zstd.packFile(some.subarray(0, 500), ["-19"]),
    ]);
    const expected = Buffer.concat([some, some.subarray(0, 500)]);
    assert.ok((await unzstdInCore(stream, 1)).equals(expected));
    const core = await startCore(() => {});
    for (let at = 0; at <= stream.length; at++) {
      assert.ok((await unzstdPieces([stream.subarray(0, at), stream.subarray(at)], core)).equals(expected), String(at));
    }
  });

  written("that breaks off, anywhere: refused, with where it ends", async () => {
    const stream = zstd.pack(text.subarray(0, 700));
    for (let length = 0; length < stream.length; length++) {
      for (const size of [512 * 1024, 1]) {
        assert.is(
          await outcome(stream.subarray(0, length), size),
          `zstd: ends at byte ${length}, before its data does`,
        );
      }
    }
  });

  written("every kind of block, of literals and of tables was among these", () => {
    for (const kind of ["block raw", "block rle", "block compressed", "window", "single segment", "no sequences"]) {
      assert.ok(kinds.get(kind), kind);
    }
    for (const kind of ["raw", "rle", "compressed", "treeless", "in one stream", "in four streams"]) {
      assert.ok(kinds.get(`literals ${kind}`), `literals ${kind}`);
    }
    for (const what of ["literal lengths", "offsets", "match lengths"]) {
      for (const mode of ["predefined", "rle", "fse", "repeat"]) {
        assert.ok(kinds.get(`${what} ${mode}`), `${what} ${mode}`);
      }
    }
  });

  written("with a dictionary: Unsupported, and the message has its number", async () => {
    const dictionary = zstd.train(
      Array.from({ length: 300 }, (_, i) => text.subarray(i * 80, i * 80 + 400)),
      4711,
    );
    await refused(zstd.pack(text.subarray(0, 2000), ["-D", dictionary]), "dictionary 4711 is asked for");
    const unnamed = zstd.pack(text.subarray(0, 2000), ["-D", dictionary, "--no-dictID"]);
    const found = await outcome(unnamed);
    assert.match(String(found), /by an earlier table, where there is none|a match that begins before its data does/);
    assert.is(String(await outcome(frame([raw(Buffer.from("abc"))], { dictionaryId: 0 }))), "abc");
  });

  written("with a window past 128 MiB: Unsupported, and the message has both numbers", async () => {
    const packed = zstd.pack(text, ["--ultra", "--long=31", "--no-content-size"]);
    await refused(packed, `a window of ${2 ** 31} bytes; ${128 * MIB} are the most`);
    assert.ok((await unzstdInCore(zstd.pack(text, ["--long=27", "--no-content-size"]))).equals(text));
  });
}

async function refused(bytes: Uint8Array, message: string): Promise<void> {
  const found = await outcome(bytes);
  assert.type(found, "string", "it is taken");
  assert.match(String(found), message);
}

written.run();

const memory = suite("unzstd: memory");

/** Bytes of the core's memory when it has decompressed these. */
async function memoryAfter(stream: readonly Uint8Array[]): Promise<number> {
  let used = 0;
  const { exports, window } = startWasm<Exports>("core.wasm", () => ({ emit() {} }));
  const core = feedingInto(exports, window);
  for (const piece of stream) {
    core.input().set(piece);
    core.give(Codec.Zstd, piece.length);
    while (core.decompress().length > 0) used = Math.max(used, exports.memory.buffer.byteLength);
  }
  core.finishCompressed();
  return used;
}

const runs = (count: number): Block[] => Array.from({ length: count }, (_, i) => rle(i, 128 * 1024));

memory("is taken for what a frame holds, not for what it says", async () => {
  const large = { window: 128 * MIB };
  assert.ok((await memoryAfter([frame([raw(Buffer.from("abc"))], large)])) < 40 * MIB);
  assert.ok((await memoryAfter([frame(runs(40), large)])) < 40 * MIB);
  assert.ok((await memoryAfter([frame(runs(40), { window: 128 * MIB, contentSize: 5 * MIB })])) < 24 * MIB);
});

memory("is bounded by the window, and a third more", async () => {
  assert.ok((await memoryAfter([frame(runs(2000), { window: MIB })])) < 24 * MIB);
  assert.ok((await memoryAfter([frame(runs(2600), { window: 128 * MIB })])) < (128 * MIB * 4) / 3 + 40 * MIB);
});

memory("is bounded where each frame wants a little more than the one before", async () => {
  const sizes = Array.from({ length: 100 }, (_, i) => 72 + i);
  const frames = sizes.map((size) => frame(runs(size), { window: 32 * MIB, contentSize: (size * MIB) / 8 }));
  assert.ok((await memoryAfter([Buffer.concat(frames)])) < 96 * MIB);
});

memory("is kept for the streams and frames that follow", async () => {
  const stream = Buffer.concat(Array.from({ length: 50 }, (_, i) => frame(runs(20), { window: (1 + (i % 7)) * MIB })));
  assert.ok((await memoryAfter([stream])) < 40 * MIB);
});

memory.run();
