/** Ten files of 150 MiB: what moving bytes costs. They are binary, and gzip can shrink them a little. */
import type { Made, Recipe } from "./input.ts";
import { Random } from "./random.ts";
import { TarWriter } from "./tar-writer.ts";

const MIB = 1024 * 1024;
const FILES = 10;
const FILE_SIZE = 150 * MIB;
/** What the files are cut from; past the 32 KiB that gzip looks back. */
const STOCK_SIZE = 16 * MIB;
const WORDS = 4000;

export const few: Recipe = {
  name: "few",
  room: { tar: 1.01 * FILES * FILE_SIZE, gzip: FILES * FILE_SIZE, image: 1.02 * FILES * FILE_SIZE },

  async make(path): Promise<Made> {
    const random = new Random(3);
    const stock = makeStock(random);
    const tar = new TarWriter(path);
    for (let file = 0; file < FILES; file++) {
      tar.add({ name: `big${file}`, size: FILE_SIZE });
      for (let left = FILE_SIZE; left > 0; ) {
        const start = random.below(MIB);
        const piece = stock.subarray(start, start + left);
        tar.write(piece);
        left -= piece.length;
      }
    }
    tar.close();
    return { description: `${FILES} binary files of ${FILE_SIZE / MIB} MiB`, entries: tar.entries };
  },
};

/** Words of random bytes in random order. */
function makeStock(random: Random): Uint8Array {
  const words = Array.from({ length: WORDS }, () =>
    Uint8Array.from({ length: 2 + random.below(8) }, () => random.below(256)),
  );
  const stock = new Uint8Array(STOCK_SIZE);
  for (let at = 0; at < STOCK_SIZE; ) {
    const word = words[random.below(WORDS)]!.subarray(0, STOCK_SIZE - at);
    stock.set(word, at);
    at += word.length;
  }
  return stock;
}
