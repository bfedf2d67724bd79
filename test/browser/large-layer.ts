/** A layer of any size, on disk: files of bytes that no hole can stand for. */
import { closeSync, openSync, writeSync } from "node:fs";
import { header } from "../fixtures/tar-builder.ts";

const FILE_SIZE = 64 * 1024 ** 2;
/** Of a length that blocks of the image do not share. */
const STOCK_SIZE = 8 * 1024 ** 2 + 512;

/** @param size  of all files, in bytes; less than a file of 64 MiB is left out */
export function writeLargeLayer(path: string, size: number): void {
  const stock = makeStock();
  const file = openSync(path, "w");
  try {
    for (let number = 0; (number + 1) * FILE_SIZE <= size; number++) {
      writeSync(file, header({ name: `file-${number}`, size: FILE_SIZE }));
      for (let left = FILE_SIZE; left > 0; left -= Math.min(left, stock.length)) {
        writeSync(file, stock.subarray(0, Math.min(left, stock.length)));
      }
    }
    writeSync(file, new Uint8Array(1024));
  } finally {
    closeSync(file);
  }
}

/** The numbers of a generator that is good enough: no block of them is zeros. Marsaglia, "Xorshift RNGs", 2003. */
function makeStock(): Uint8Array {
  const words = new Uint32Array(STOCK_SIZE / 4);
  let state = 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer);
}
