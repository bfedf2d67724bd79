/**
 * Blobs of which equal ones are one: thousands of files share a handful of security descriptors.
 *
 * Where an enemy chose what meets in it, it forgets: bytes that are not found are kept twice, and nothing else happens.
 */
import { allocate, Arena } from "../../bytes/memory";
import { equalBytes } from "../../bytes/equal";
import { sipHash } from "../../bytes/siphash";
import { Blob } from "./file";

/** Layers of Windows have a few hundred descriptors; who makes up a million waits a little longer. */
const CHAINS: u32 = 4096;
/** Of a chain, the latest. Chance does not come near it with a million descriptors. */
const MAX_STEPS: u32 = 1024;

export class BlobTable {
  private chains: usize = allocate(CHAINS * sizeof<usize>());

  constructor(private arena: Arena) {}

  /** The one blob of these bytes, but for what was forgotten. */
  get(from: usize, length: u32): Blob {
    const chain = this.chains + (<u32>sipHash(0, 0, from, length) % CHAINS) * sizeof<usize>();
    let known = load<Blob | null>(chain);
    for (let step: u32 = 0; known && step < MAX_STEPS; step++) {
      if (known.length == length && equalBytes(known.at, from, length)) return known;
      known = known.next;
    }
    const blob = makeBlob(this.arena, from, length);
    blob.next = load<Blob | null>(chain);
    store<Blob>(chain, blob);
    return blob;
  }
}

export function makeBlob(arena: Arena, from: usize, length: u32): Blob {
  const blob = changetype<Blob>(arena.take(offsetof<Blob>() + length));
  blob.length = length;
  memory.copy(blob.at, from, length);
  return blob;
}
