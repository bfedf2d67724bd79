/** Damages images in the ways that break readers: the same way for the same numbers. */
import type { BlockRun } from "../../src/index.ts";
import type { Random } from "./mutate.ts";

/** An image, and where its metadata stands: damage there is worth more. */
export interface Seed {
  bytes: Uint8Array;
  blockSize: number;
  metadata: readonly BlockRun[];
}

/** Numbers at the ends of what fields hold, and magics. */
const EXTREMES = [
  0, 1, 2, 3, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xf30a, 0xfffe, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];
/** Bytes of structures: an extent, an entry, inodes. */
const SIZES = [4, 8, 12, 16, 128, 256];

/** A copy of it, damaged once or a few times. */
export function damage(seed: Seed, next: Random): Uint8Array {
  const bytes = Uint8Array.from(seed.bytes);
  const times = 1 + Math.floor(next() ** 2 * 8);
  for (let time = 0; time < times; time++) pick(next, DAMAGES)(bytes, seed, next);
  return bytes;
}

const below = (next: Random, limit: number): number => Math.floor(next() * limit);
const pick = <T>(next: Random, from: readonly T[]): T => from[below(next, from.length)]!;

/** A byte, mostly of metadata; `size` bytes from there on are in the image, and it is a multiple of `step`. */
function place({ bytes, blockSize, metadata }: Seed, next: Random, step: number, size = step): number {
  const { block, count } = pick(next, metadata);
  const at =
    next() < 0.1 ? below(next, bytes.length) : (block + below(next, count)) * blockSize + below(next, blockSize);
  return Math.min(at - (at % step), bytes.length - size);
}

const DAMAGES: ((bytes: Uint8Array, seed: Seed, next: Random) => void)[] = [
  function turnBit(bytes, seed, next) {
    bytes[place(seed, next, 1)]! ^= 1 << below(next, 8);
  },
  function setShort(bytes, seed, next) {
    new DataView(bytes.buffer).setUint16(place(seed, next, 2), pick(next, EXTREMES), true);
  },
  function setWord(bytes, seed, next) {
    new DataView(bytes.buffer).setUint32(place(seed, next, 4), pick(next, EXTREMES), true);
  },
  function setNumber(bytes, seed, next) {
    const number = below(next, bytes.length / seed.blockSize); // of a block, or of an inode
    new DataView(bytes.buffer).setUint32(place(seed, next, 4), number, true);
  },
  function copyStructure(bytes, seed, next) {
    const size = pick(next, SIZES);
    const from = place(seed, next, 4, size);
    bytes.copyWithin(place(seed, next, 4, size), from, from + size);
  },
  function copyBlock(bytes, seed, next) {
    const { blockSize } = seed;
    const from = place(seed, next, blockSize);
    bytes.copyWithin(place(seed, next, blockSize), from, from + blockSize);
  },
  function fillWithZeros(bytes, seed, next) {
    const at = place(seed, next, 1);
    bytes.fill(0, at, at + pick(next, SIZES));
  },
];
