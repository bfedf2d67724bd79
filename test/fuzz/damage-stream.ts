/** Damages compressed streams: the same way for the same numbers. Tars have their own, in mutate.ts. */
import type { Random } from "./mutate.ts";

/** `bytes`, damaged once or a few times; most often near the start, where what matters most stands. */
export function damage(bytes: Uint8Array, next: Random): Uint8Array {
  let damaged: Uint8Array = Uint8Array.from(bytes);
  for (let left = 1 + Math.floor(next() ** 3 * 5); left > 0; left--) {
    damaged = DAMAGES[Math.floor(next() * DAMAGES.length)]!(damaged, next);
  }
  return damaged;
}

function place(bytes: Uint8Array, next: Random): number {
  const near = next() < 0.6 ? Math.min(bytes.length, 150) : bytes.length;
  const at = Math.floor(next() * near);
  return next() < 0.2 ? bytes.length - 1 - at : at; // or near the end, for the trailer
}

type Damage = (bytes: Uint8Array, next: Random) => Uint8Array;

const DAMAGES: Damage[] = [
  function turnBit(bytes, next) {
    if (bytes.length > 0) bytes[place(bytes, next)]! ^= 1 << Math.floor(next() * 8);
    return bytes;
  },
  function setByte(bytes, next) {
    if (bytes.length > 0) bytes[place(bytes, next)] = Math.floor(next() * 256);
    return bytes;
  },
  function drop(bytes, next) {
    const at = place(bytes, next);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(next() * 8))]);
  },
  function repeat(bytes, next) {
    const at = place(bytes, next);
    return Buffer.concat([bytes.subarray(0, at + Math.floor(next() * 40)), bytes.subarray(at)]);
  },
  function truncate(bytes, next) {
    return bytes.slice(0, place(bytes, next));
  },
  function append(bytes, next) {
    return Buffer.concat([bytes, next() < 0.5 ? new Uint8Array(1 + Math.floor(next() * 600)) : bytes]);
  },
];
