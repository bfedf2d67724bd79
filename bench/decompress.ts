/** Decompresses a file by the core alone, and drops what it holds: `node build/bench/decompress.js FILE`. */
import { closeSync, openSync, readSync } from "node:fs";
import { codecOf, detectCompression } from "../src/host/compression.ts";
import { startCore } from "../src/host/core.ts";

const path = process.argv[2]!;
const file = openSync(path, "r");
const core = await startCore(() => {});
let length = readSync(file, core.input());
const compression = detectCompression(core.input().subarray(0, length));
if (compression === "none") throw new Error(`${path}: is neither gzip nor zstd`);
for (const codec = codecOf(compression); length > 0; length = readSync(file, core.input())) {
  core.give(codec, length);
  while (core.decompress().length > 0) {}
}
core.finishCompressed();
closeSync(file);
