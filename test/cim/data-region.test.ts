/** The data region: equal contents once, whatever is sent and however it is cut. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CimFile } from "../../assembly/abi.ts";
import { ErrorCode } from "../../src/index.ts";
import { probe } from "../core/probe.ts";
import { CimMaker, type Piece, type WriterOptions } from "../fixtures/cim-writer.ts";
import { noise, random } from "../fixtures/random.ts";
import { refuses } from "../fixtures/refuses.ts";
import { times } from "../fixtures/runs.ts";

const PAGE = 4096;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** What is looked at of every content. */
const SAMPLE = 64 * 1024;

const region = suite("cim data region");

/** Where each content comes to stand, as a byte of the region. */
async function placesOf(
  contents: readonly (readonly Piece[])[],
  options: WriterOptions = {},
): Promise<[number[], CimMaker]> {
  const maker = await CimMaker.start(options);
  return [contents.map((pieces) => byteOf(maker.content(pieces))), maker];
}

const byteOf = (place: bigint): number => Number(place & 0xffff_ffff_ffffn);

/** `bytes` with one of them changed. */
function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 1;
  return copy;
}

region("holds each content once, from a page on", async () => {
  const [a, b, c] = [noise(5000, 1), noise(10, 2), noise(3 * MIB, 3)];
  const [places] = await placesOf([[a], [b], [a], [c], [b], [c], [noise(1, 4)]]);
  assert.equal(places, [4096, 12288, 4096, 16384, 12288, 16384, 16384 + 3 * MIB]);
});

region("gives contents without bytes no place", async () => {
  const [places] = await placesOf([[], [new Uint8Array()]]);
  assert.equal(places, [0, 0]);
});

const ALIKE: [why: string, size: number, at: number][] = [
  ["in the first byte", 100, 0],
  ["in the last byte of a page", PAGE, PAGE - 1],
  ["in the last byte that is looked at", 2 * SAMPLE, SAMPLE - 1],
  ["in the first byte that is not looked at", 2 * SAMPLE, SAMPLE],
  ["in the last of many bytes", 5 * MIB + 1, 5 * MIB],
];
for (const [why, size, at] of ALIKE) {
  region(`tells contents apart that differ ${why}`, async () => {
    const bytes = noise(size, 5);
    const other = changed(bytes, at);
    const [[first, second, third, fourth]] = await placesOf([[bytes], [other], [bytes], [other]]);
    assert.is.not(first, second);
    assert.equal([third, fourth], [first, second]);
  });
}

region("tells contents apart by their length", async () => {
  const bytes = noise(2 * SAMPLE, 6);
  const [places] = await placesOf([[bytes], [bytes.subarray(0, -1)], [bytes, 1], [bytes]]);
  assert.is(new Set(places).size, 3);
  assert.is(places[3], places[0]);
});

region("takes back what was there already, and nothing of it is left", async () => {
  const large = noise(3 * MIB, 7);
  const maker = await CimMaker.start();
  maker.content([large]);
  maker.content([large]);
  const place = byteOf(maker.content([noise(1, 8), 2 * MIB]));
  const { files, sizes } = maker.finish();
  assert.is(place, 4096 + 3 * MIB);
  const after = files[CimFile.DataRegion]!.bytes(sizes[CimFile.DataRegion]).subarray(place + 1);
  assert.is(after.length, 2 * MIB + PAGE - 1);
  assert.ok(after.every((byte) => byte === 0));
});

region("looks at large contents no closer than at their beginnings", async () => {
  const [, maker] = await placesOf([[noise(8 * MIB, 9)], [noise(8 * MIB, 10)]]);
  assert.is(maker.bytesRead, 0);
});

region("spends nothing on zeros, of which there may be terabytes", async () => {
  const [places, maker] = await placesOf([
    [4 * GIB],
    [4 * GIB],
    [5 * GIB],
    [noise(1, 11), 4 * GIB],
    [noise(1, 11), 4 * GIB],
    [noise(1, 11), 4 * GIB - 1, noise(1, 12)],
    [4 * GIB],
  ]);
  assert.equal(places, [PAGE, PAGE, PAGE + 4 * GIB, PAGE + 9 * GIB, PAGE + 9 * GIB, PAGE + 13 * GIB + PAGE, PAGE]);
  assert.ok(maker.bytesRead <= MIB, `${maker.bytesRead} bytes were read`);
  assert.ok(maker.bytesWritten <= 8 * PAGE, `${maker.bytesWritten} bytes were written`);
});

region("holds zeros as one with holes, however they come", async () => {
  const [places] = await placesOf([[new Uint8Array(3 * MIB)], [3 * MIB], [MIB, new Uint8Array(MIB), MIB]]);
  assert.equal(places, [PAGE, PAGE, PAGE]);
});

/** Contents that look alike: what is looked at is a sum, to which these add the same. */
function lookalikes(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const words = BigUint64Array.of(BigInt(i), 0n, BigInt(2 * (count - i)), 0n, BigInt(i), 0n, 0n, 0n);
    return new Uint8Array(words.buffer);
  });
}

region("tells contents apart that were made to look alike, at a cost that stays linear", async () => {
  const contents = lookalikes(3000);
  const [places, maker] = await placesOf([...contents, ...contents].map((bytes) => [bytes]));
  assert.is(new Set(places).size, 3000);
  assert.equal(places.slice(3000), places.slice(0, 3000));
  assert.ok(maker.digests > 3000, "they do look alike");
  assert.ok(maker.digests <= 6000, `${maker.digests} digests`);
});

region("reads of contents with one beginning no more than all bytes twice", async () => {
  const start = noise(SAMPLE, 13);
  const contents = Array.from({ length: 40 }, (_, i) => [start, noise(100_000, 100 + i)]);
  const [places, maker] = await placesOf([...contents, ...contents]);
  assert.is(new Set(places).size, 40);
  assert.ok(maker.bytesRead <= 2 * 80 * (SAMPLE + 100_000), `${maker.bytesRead}`);
});

region("forgets what an enemy makes meet in its table, rather than look for it", async () => {
  const core = await probe(`
    import { ContentTable } from "./assembly/cim/content-table";
    const table = new ContentTable();
    export function add(high: u64): void { table.add(1, high, 1, high + 1); }
    export function find(high: u64): u64 { const found = table.find(1, high, 1); return found ? found.place : 0; }
  `);
  const started = process.cpuUsage().user;
  for (let i = 0n; i < 100_000n; i++) core.add!(i);
  assert.is(core.find!(5n), 6n);
  assert.is(core.find!(99_999n), 0n);
  assert.ok(process.cpuUsage().user - started < 5e6);
});

region("can be read, whether bytes have left or not", async () => {
  const maker = await CimMaker.start();
  const [large, small] = [noise(3 * MIB, 14), noise(9000, 15)];
  const contents: [bigint, Uint8Array][] = [large, small].map((bytes) => [maker.content([bytes]), bytes]);
  const holes = maker.content([small, 3 * MIB, small]);
  for (const [place, bytes] of contents) {
    for (const at of [0, 1, 4095, bytes.length - 500]) {
      assert.ok(maker.readBack(place, bytes.length, at, 500).equals(bytes.subarray(at, at + 500)), `at ${at}`);
    }
  }
  assert.ok(
    maker.readBack(holes, 3 * MIB + 18_000, 8999 + 3 * MIB, 9001).equals(Buffer.concat([Buffer.alloc(1), small])),
  );
  refuses(() => maker.readBack(contents[1]![0], 9000, 8999, 2), ErrorCode.Corrupt, /2 bytes at 8999/);
});

region("refuses what no region can hold", async () => {
  const maker = await CimMaker.start();
  refuses(() => maker.content([2 ** 48]), ErrorCode.OutOfRange, /more than a region may have/);
});

/** Contents that often share their beginnings, their lengths, or all. */
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom<Piece>(1, PAGE, SAMPLE, 70_000, 300_000),
    fc
      .tuple(fc.constantFrom(1, 100, PAGE, SAMPLE, 200_000, 1_200_000), fc.integer({ min: 0, max: 2 }))
      .map(([size, seed]) => noise(size, seed)),
  ),
  { maxLength: 4 },
);
const bytesOf = (content: readonly Piece[]): Buffer =>
  Buffer.concat(content.map((piece) => (typeof piece === "number" ? Buffer.alloc(piece) : piece)));

region("property: every content stands there once, however it was cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 12 }), fc.nat(), async (contents, seed) => {
      const next = random(seed);
      const [places, maker] = await placesOf(contents, { chunk: () => 1 + Math.floor(next() ** 3 * 700_000) });
      const [others, other] = await placesOf(contents);
      assert.equal(places, others);
      const written = [maker.finish(), other.finish()].map(({ files, sizes }) => files[2]!.bytes(sizes[2]));
      assert.ok(written[0]!.equals(written[1]!));
      const byPlace = new Map<number, Buffer>();
      const byContent = new Map<string, number>();
      for (const [i, content] of contents.entries()) {
        const bytes = bytesOf(content);
        const key = bytes.toString("latin1");
        if (bytes.length === 0) continue;
        assert.ok(written[0]!.subarray(places[i]!, places[i]! + bytes.length).equals(bytes));
        assert.is(byContent.get(key) ?? places[i], places[i]);
        assert.ok(byPlace.get(places[i]!)?.equals(bytes) ?? true);
        byContent.set(key, places[i]!);
        byPlace.set(places[i]!, bytes);
      }
      const pages = [...byPlace.values()].reduce((sum, { length }) => sum + Math.ceil(length / PAGE), 0);
      assert.is(written[0]!.length, PAGE * (1 + Math.max(pages, 1)), "and nothing else does");
    }),
    times(40),
  );
});

region.run();
