/** zstd: the reference decoder, and the encoder whose frames one meets. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../fixtures/scratch.ts";
import { ask, missing, type Oracle } from "./oracle.ts";

/** Files for one run of the program. */
const BATCH = 1000;

export const zstd: Oracle & {
  /** What `zstd` with these words makes of `bytes`. From its standard input it does not know their number. */
  pack(bytes: Uint8Array, words?: readonly string[]): Buffer;

  /** The same of a file, whose size it knows. */
  packFile(bytes: Uint8Array, words?: readonly string[]): Buffer;

  /** @returns path of a dictionary of that number, for texts such as these samples */
  train(samples: readonly Uint8Array[], id: number): string;

  /** What `zstd -d` makes of each of these, or nothing where it refuses it. */
  unpack(streams: readonly Uint8Array[]): (Buffer | undefined)[];
} = {
  name: "zstd",
  missing: missing("zstd", "zstd"),

  pack(bytes, words = []) {
    const { status, stdout, stderr } = spawnSync("zstd", ["-q", "-c", ...words], { input: bytes, maxBuffer: 1 << 30 });
    if (status !== 0) throw new Error(`zstd ${words.join(" ")}: exit ${status}: ${stderr}`);
    return stdout;
  },

  packFile(bytes, words = []) {
    const path = join(scratchFolder(), "file");
    writeFileSync(path, bytes);
    return this.pack(new Uint8Array(), [...words, path]);
  },

  train(samples, id) {
    const folder = scratchFolder();
    const paths = samples.map((bytes, index) => {
      writeFileSync(join(folder, String(index)), bytes);
      return join(folder, String(index));
    });
    const dictionary = join(folder, "dictionary");
    ask("zstd", ["-q", "--train", ...paths, `--dictID=${id}`, "--maxdict=4096", "-o", dictionary]);
    return dictionary;
  },

  unpack(streams) {
    const found: (Buffer | undefined)[] = [];
    for (let from = 0; from < streams.length; from += BATCH)
      found.push(...unpackBatch(streams.slice(from, from + BATCH)));
    return found;
  },
};

function unpackBatch(streams: readonly Uint8Array[]): (Buffer | undefined)[] {
  const folder = scratchFolder();
  const paths = streams.map((bytes, index) => {
    const path = join(folder, String(index));
    writeFileSync(`${path}.zst`, bytes);
    return path;
  });
  spawnSync("zstd", ["-dqf", ...paths.map((path) => `${path}.zst`)]);
  const found = paths.map((path) => (existsSync(path) ? readFileSync(path) : undefined));
  rmSync(folder, { recursive: true });
  return found;
}
