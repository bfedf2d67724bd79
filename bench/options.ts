/** The benchmark's command line. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { INPUT_NAMES, type InputName } from "./inputs/input.ts";

export const USAGE = `Usage: npm run bench -- [OPTIONS]

Measures layerkiln beside cp, gunzip and sha256sum, and prints a table.

  --only NAMES     inputs to measure, such as rootfs,few (all: ${INPUT_NAMES.join(", ")})
  --runs N         rounds that count (5)
  --dir FOLDER     where inputs and images lie (/dev/shm)
  --keep           leave the inputs in FOLDER/layerkiln-bench, and take those found there
  --tar2ext4 PATH  measure hcsshim's program too
  --json           print JSON
`;

export interface Options {
  readonly only: readonly InputName[];
  readonly runs: number;
  readonly dir: string;
  /** Outlives the run, whether inputs are kept or not. */
  readonly cache: string;
  readonly keep: boolean;
  readonly tar2ext4: string | undefined;
  readonly json: boolean;
}

/**
 * @returns undefined if it asks for help
 * @throws Error  if it makes no sense
 */
export function parseOptions(words: string[]): Options | undefined {
  const { values } = parseArgs({
    args: words,
    options: {
      only: { type: "string", default: INPUT_NAMES.join() },
      runs: { type: "string", default: "5" },
      dir: { type: "string", default: "/dev/shm" },
      keep: { type: "boolean", default: false },
      tar2ext4: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  return {
    only: values.only.split(",").map(toInputName),
    runs: toCount(values.runs),
    dir: resolve(values.dir),
    cache: join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "layerkiln-bench"),
    keep: values.keep,
    tar2ext4: values.tar2ext4 === undefined ? undefined : resolve(values.tar2ext4),
    json: values.json,
  };
}

function toInputName(text: string): InputName {
  const name = INPUT_NAMES.find((known) => known === text);
  if (name === undefined) throw new Error(`--only: "${text}" is none of ${INPUT_NAMES.join(", ")}`);
  return name;
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--runs: "${text}" is not a count from 1 on`);
  return count;
}
