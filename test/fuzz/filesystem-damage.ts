/** Damages one structure of a filesystem, with or without making its checksum right again. */
import { random } from "../fixtures/random.ts";
import type { FilesystemMap, Structure } from "./filesystem-map.ts";

export interface Damage {
  structure: Structure;
  /** First byte that was changed, from the start of the structure. */
  offset: number;
  /** What was done, and whether the checksum is right: for messages. */
  what: string;
}

/** Damages `image` in place, in the way that this number stands for. */
export function damage(image: Uint8Array, map: FilesystemMap, number: number): Damage {
  const next = random(number);
  const structure = map.pick(next);
  const view = new DataView(image.buffer, image.byteOffset + structure.at, structure.size);
  const [offset, what] = change(view, next);
  const isMended = structure.resum !== undefined && next() < 0.7;
  if (isMended) structure.resum!();
  return { structure, offset, what: `${what}${isMended ? ", checksum right" : ""}` };
}

function change(view: DataView, next: () => number): [offset: number, what: string] {
  const below = (end: number) => Math.floor(next() * end);
  const words = Math.floor(view.byteLength / 4);
  // Fields stand at the start of most structures: half of the damage does too.
  const at = next() < 0.5 ? below(view.byteLength) : below(Math.min(view.byteLength, 128));
  const even = at - (at % 2);
  const word = 4 * Math.min(at >> 2, words - 1);
  switch (below(7)) {
    case 0:
    case 1: {
      const bit = below(8);
      view.setUint8(at, view.getUint8(at) ^ (1 << bit));
      return [at, `bit ${bit} of byte ${at} turned`];
    }
    case 2: {
      const value = below(256);
      const before = view.getUint8(at);
      view.setUint8(at, value);
      return [at, `byte ${at}: ${before} to ${value}`];
    }
    case 3:
    case 4: {
      if (even + 2 > view.byteLength) return change(view, next);
      const before = view.getUint16(even, true);
      const value = [0, 1, 0xffff, before + 1, before - 1, below(65_536)][below(6)]! & 0xffff;
      view.setUint16(even, value, true);
      return [even, `half word ${even}: ${before} to ${value}`];
    }
    case 5: {
      const before = view.getUint32(word, true);
      const value = [0, 1, 0xffff_ffff, before + 1, before - 1, below(4096), below(2 ** 32)][below(7)]! >>> 0;
      view.setUint32(word, value, true);
      return [word, `word ${word}: ${before} to ${value}`];
    }
    default: {
      const other = 4 * below(words);
      const [a, b] = [view.getUint32(word, true), view.getUint32(other, true)];
      view.setUint32(word, b, true);
      view.setUint32(other, a, true);
      return [word, `words ${word} and ${other} exchanged`];
    }
  }
}
