/** Checksums of the core, on their own. */
import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { probe } from "./core/probe.ts";
import { noise } from "./fixtures/random.ts";

const core = await probe(`
import { crc16 as crc16Of } from "./assembly/bytes/crc16";
import { crc32 as crc32Of } from "./assembly/bytes/crc32";
import { crc32c as crc32cOf } from "./assembly/bytes/crc32c";
const room = memory.data(524288, 16);
export function buffer(): usize { return room; }
export function crc32c(crc: u32, at: u32, length: u32): u32 { return crc32cOf(crc, room + at, length); }
export function crc32(crc: u32, at: u32, length: u32): u32 { return crc32Of(crc, room + at, length); }
export function crc16(crc: u32, length: u32): u32 { return crc16Of(crc, room, length); }
`);

function put(bytes: Uint8Array): void {
  new Uint8Array(core.memory.buffer, Number(core.buffer!()), bytes.length).set(bytes);
}

/** A bit at a time. */
function slowCrc32c(crc: number, bytes: Uint8Array): number {
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return crc >>> 0;
}

const crc32c = (start: number, at: number, length: number): number => Number(core.crc32c!(start, at, length)) >>> 0;

const checksum = suite("checksum");

checksum("crc32c of 123456789 is that of RFC 3720, inverted at both ends", () => {
  put(Buffer.from("123456789"));
  assert.is((crc32c(0xffff_ffff, 0, 9) ^ 0xffff_ffff) >>> 0, 0xe3069283);
});

checksum("crc32c is that of a bit at a time, for every length and start", () => {
  const bytes = noise(300);
  put(bytes);
  for (let length = 0; length <= 100; length++) {
    for (const at of [0, 1, 7, 16]) {
      const start = 0x1234_5678 + length;
      assert.is(
        crc32c(start, at, length),
        slowCrc32c(start, bytes.subarray(at, at + length)),
        `${length} bytes at ${at}`,
      );
    }
  }
  assert.is(crc32c(crc32c(5, 0, 100), 100, 200), crc32c(5, 0, 300), "goes on from what it has");
});

checksum("crc32 is that of zlib for lengths at which its ways and their steps begin and end", () => {
  const bytes = noise(300_000);
  put(bytes);
  const lengths = [0, 130, 8192 - 40, 24 * 1024 + 4018, 3 * 24 * 1024 + 4018, 299_000].flatMap((from) =>
    Array.from({ length: 80 }, (_, i) => from + i),
  );
  for (const length of lengths) {
    for (const at of [0, 13]) {
      const start = (length * 0x9e37_79b1) >>> 0;
      const expected = zlib.crc32(bytes.subarray(at, at + length), start);
      assert.is(Number(core.crc32!(start, at, length)) >>> 0, expected, `${length} bytes at ${at}`);
    }
  }
});

checksum("crc16 of 123456789 is that of the catalogue", () => {
  put(Buffer.from("123456789"));
  assert.is(core.crc16!(0, 9), 0xbb3d);
});

checksum.run();
