/** Files of one to three bytes: what an entry costs, and nothing else. */
import type { Made, Recipe } from "./input.ts";
import { TarWriter } from "./tar-writer.ts";

const DIRECTORIES = 1000;
const FILES_A_DIRECTORY = 1000;
const FILES_IN_ONE = 100_000;

/** A header and a block of data. Bytes. */
const ENTRY_SIZE = 1024;
/** A block of data, an inode and a name. Bytes. */
const IMAGE_ENTRY_SIZE = 4096 + 256 + 32;

/** A million files in a thousand directories. */
export const tiny: Recipe = {
  name: "tiny",
  room: {
    tar: 1.01 * DIRECTORIES * FILES_A_DIRECTORY * ENTRY_SIZE,
    gzip: 30e6,
    image: 1.05 * DIRECTORIES * FILES_A_DIRECTORY * IMAGE_ENTRY_SIZE,
  },

  async make(path): Promise<Made> {
    const tar = new TarWriter(path);
    for (let directory = 0; directory < DIRECTORIES; directory++) {
      const parent = `d${pad(directory, 4)}`;
      tar.directory(parent);
      for (let file = 0; file < FILES_A_DIRECTORY; file++) {
        tar.file(`${parent}/f${pad(file, 4)}`, Buffer.from(String(file)));
      }
    }
    tar.close();
    return { description: "1,000,000 tiny files in 1,000 directories", entries: tar.entries };
  },
};

/** A hundred thousand in one directory. */
export const oneDirectory: Recipe = {
  name: "onedir",
  room: {
    tar: 1.01 * FILES_IN_ONE * ENTRY_SIZE,
    gzip: 4e6,
    image: 1.05 * FILES_IN_ONE * IMAGE_ENTRY_SIZE,
  },

  async make(path): Promise<Made> {
    const tar = new TarWriter(path);
    tar.directory("d");
    for (let file = 0; file < FILES_IN_ONE; file++) tar.file(`d/file-${pad(file, 6)}`, Buffer.from(String(file)));
    tar.close();
    return { description: "100,000 tiny files in one directory", entries: tar.entries };
  },
};

function pad(number: number, width: number): string {
  return String(number).padStart(width, "0");
}
