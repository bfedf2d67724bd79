/** Bytes of one open file go to another: by the kernel, where it can, which on some filesystems shares them. Holes stay holes. */
import { readAt, writeAt } from "../image-file.ts";
import type { CopyRange } from "../platform.ts";

/** Bytes that are read at a time, and those that are left out together where all are zeros: a block of most filesystems. */
const CHUNK = 1024 ** 2;
const PIECE = 4096;
const ZEROS = Buffer.alloc(PIECE);

/** What the kernel copies at a time. Below the least, calls cost more than they save. */
const STEP = 64 * CHUNK;
const LEAST = CHUNK;
/** Where it is asked whether zeros begin, and how many bytes are looked at. What may be zeros is read, so that it can stay a hole. */
const PROBE_STRIDE = 256 * 1024;
const PROBE_LENGTH = 64;

/**
 * @param toAt  where nothing stands yet from
 * @returns     bytes copied: `length`, or fewer where the source ends
 */
export function copyBytes(
  from: number,
  fromAt: number,
  to: number,
  toAt: number,
  length: number,
  copyRange: CopyRange | undefined,
): number {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, length));
  for (let done = 0; done < length; ) {
    const stretch = copyRange ? lengthBeforeZeros(from, fromAt + done, Math.min(STEP, length - done)) : 0;
    const copied = stretch < LEAST ? 0 : copyRange!(from, fromAt + done, to, toAt + done, stretch);
    if (copied > 0) {
      done += copied;
      continue;
    }
    const wanted = chunk.subarray(0, Math.min(CHUNK, length - done));
    const read = readAt(from, fromAt + done, wanted);
    writeData(to, toAt + done, wanted.subarray(0, read));
    done += read;
    if (read < wanted.length) return done;
  }
  return length;
}

function lengthBeforeZeros(file: number, from: number, length: number): number {
  const probe = Buffer.allocUnsafe(PROBE_LENGTH);
  for (let at = 0; at < length; at += PROBE_STRIDE) {
    const read = readAt(file, from + at, probe);
    if (read < PROBE_LENGTH || probe.equals(ZEROS.subarray(0, PROBE_LENGTH))) return at;
  }
  return length;
}

/** Writes what is not zeros, as far as it hangs together. */
function writeData(to: number, at: number, bytes: Buffer): void {
  const isZeros = (from: number): boolean =>
    bytes.subarray(from, from + PIECE).equals(ZEROS.subarray(0, Math.min(PIECE, bytes.length - from)));
  for (let from = 0; from < bytes.length; from += PIECE) {
    if (isZeros(from)) continue;
    const start = from;
    while (from < bytes.length && !isZeros(from)) from += PIECE;
    writeAt(to, at + start, bytes.subarray(start, from));
  }
}
