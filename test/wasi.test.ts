/** The core as a WASI command makes the image that the host makes. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { edgeTar } from "./fixtures/edge.ts";
import { makeImage, type Options } from "./fixtures/image.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { realisticTar } from "./fixtures/realistic.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFolder } from "./fixtures/scratch.ts";
import { type Answer, present } from "./oracles/oracle.ts";
import { zstd } from "./oracles/zstd.ts";

/**
 * Runs the command: `node -e HOST FOLDER WORD…`, the layer on standard input.
 * Each import is wrapped in a function of our own, for Node 20 may abort otherwise (nodejs/node#46777).
 */
const HOST = `
  const { readFileSync } = require("node:fs");
  const { WASI } = require("node:wasi");
  const [wasm, folder, ...words] = process.argv.slice(1);
  const wasi = new WASI({ version: "preview1", args: ["layerkiln", ...words], preopens: { ".": folder } });
  const { wasi_snapshot_preview1: calls } = wasi.getImportObject();
  const wrapped = Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, (...args) => call(...args)]));
  WebAssembly.instantiate(readFileSync(wasm), { wasi_snapshot_preview1: wrapped }).then(({ instance }) => {
    process.exitCode = wasi.start(instance);
  });
`;

const wasm = inRepository("build/layerkiln.wasi.wasm");

function command(tar: Uint8Array, folder: string, words: string[]): Answer {
  const args = ["--disable-warning=ExperimentalWarning", "-e", HOST, wasm, folder, ...words];
  return spawnSync(process.execPath, args, { input: tar, encoding: "latin1", maxBuffer: 1 << 20 });
}

const wasi = suite("wasi");

const CASES: [layer: string, tar: Uint8Array, words: string[], options: Options][] = [
  ["an edge layer", edgeTar("xattr-many"), [], {}],
  ["an empty layer", edgeTar("empty"), [], {}],
  ["whiteouts", edgeTar("wh-opaque-block"), ["--whiteouts", "overlay"], { whiteouts: "overlay" }],
  ["whiteouts kept", edgeTar("wh-file"), ["--whiteouts", "keep"], { whiteouts: "keep" }],
  ["inline data", edgeTar("sizes"), ["--inline"], { inline: true }],
  ["backslashes", edgeTar("odd-names"), ["--convert-slash"], { convertSlash: true }],
  ["a sparse file", edgeTar("sparse-pax10"), [], {}],
  ["a small root filesystem", realisticTar(1000), [], {}],
  ["profile hcsshim", realisticTar(100), ["--profile", "hcsshim"], { profile: "hcsshim" }],
  [
    "a disk to write to",
    realisticTar(100),
    ["--free", "8388608", "--journal"],
    { filesystem: { free: 8 * 2 ** 20, journal: true } },
  ],
  ["a size", edgeTar("v7"), ["--size", "1048576", "--read-only"], { filesystem: { size: 2 ** 20, readOnly: true } }],
  ["a large limit", edgeTar("v7"), ["--max-size", String(128 * 2 ** 30)], { maxSize: 128 * 2 ** 30 }],
  ["a layer in a VHDX", edgeTar("v7"), ["--verity", "--vhdx"], { verity: true, container: "vhdx" }],
  ["a layer in a dynamic VHD", edgeTar("v7"), ["--vhd-dynamic"], { container: "vhd-dynamic" }],
  [
    "all at once",
    realisticTar(300),
    ["--whiteouts", "overlay", "--inline", "--verity", "--vhd"],
    { whiteouts: "overlay", inline: true, verity: true, vhd: true },
  ],
];

for (const [layer, tar, words, options] of CASES) {
  wasi(`the image of ${layer} has the bytes that the host gives it`, async () => {
    const folder = scratchFolder();
    const { status, stdout, stderr } = command(tar, folder, [...words, "image"]);
    const { image, result } = await makeImage(tar, options);
    assert.is(status, 0, stderr);
    assert.ok(readFileSync(join(folder, "image")).equals(image));
    assert.equal(readdirSync(folder), ["image"]);
    assert.is(stdout, "");
    if (result.rootHash !== undefined) assert.match(stderr, result.rootHash);
  });
}

wasi("a layer may come as gzip, of many members", async () => {
  const folder = scratchFolder();
  const tar = realisticTar(300);
  const gzip = Buffer.concat([gzipSync(tar.subarray(0, 100_000)), gzipSync(tar.subarray(100_000))]);
  const { status, stderr } = command(gzip, folder, ["image"]);
  assert.is(status, 0, stderr);
  assert.ok(readFileSync(join(folder, "image")).equals((await makeImage(tar)).image));
  assert.match(command(gzip.subarray(0, -1), folder, ["other"]).stderr, "before its data does");
  assert.equal(readdirSync(folder), ["image"]);
});

wasi("a layer may come as zlib; a tar whose first name looks so stays one", async () => {
  const folder = scratchFolder();
  const tar = realisticTar(300);
  assert.is(command(deflateSync(tar), folder, ["image"]).status, 0);
  assert.ok(readFileSync(join(folder, "image")).equals((await makeImage(tar)).image));
  const named = layerTar([entry("file", "x^", { data: Buffer.from("text") })]);
  assert.is(command(named, folder, ["named"]).status, 0);
  assert.ok(readFileSync(join(folder, "named")).equals((await makeImage(named)).image));
});

if (present(zstd, wasi)) {
  wasi("a layer may come as zstd, of many frames", async () => {
    const folder = scratchFolder();
    const tar = realisticTar(300);
    const packed = Buffer.concat([zstd.pack(tar.subarray(0, 100_000)), zstd.pack(tar.subarray(100_000))]);
    const { status, stderr } = command(packed, folder, ["image"]);
    assert.is(status, 0, stderr);
    assert.ok(readFileSync(join(folder, "image")).equals((await makeImage(tar)).image));
    assert.match(command(packed.subarray(0, -1), folder, ["other"]).stderr, "before its data does");
    assert.equal(readdirSync(folder), ["image"]);
  });
}

wasi("a layer that is refused ends with exit code 1 and the host's message", async () => {
  const tar = edgeTar("bad-checksum");
  const { status, stderr } = command(tar, scratchFolder(), ["image"]);
  const error = await makeImage(tar).catch((reason: Error) => reason);
  assert.is(status, 1);
  assert.match(stderr, (error as Error).message);
});

wasi("words that make no sense end with exit code 1 and what would", () => {
  for (const words of [
    [],
    ["--whiteouts", "aufs", "image"],
    ["--max-size", "much", "image"],
    ["one", "two"],
    ["--nope"],
  ]) {
    const { status, stderr } = command(edgeTar("v7"), scratchFolder(), words);
    assert.is(status, 1, words.join(" "));
    assert.match(stderr, "usage: ", words.join(" "));
  }
});

wasi("an image cannot leave the folder that is open to it", () => {
  const folder = scratchFolder();
  const { status } = command(edgeTar("v7"), folder, ["../image"]);
  assert.is(status, 1);
  assert.equal(readdirSync(folder), []);
  assert.not.ok(readdirSync(join(folder, "..")).includes("image"));
});

wasi.run();
