/** A large node_modules: many small texts, cut from the packages that this repository itself depends on. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Made, Recipe } from "./input.ts";
import { Random } from "./random.ts";
import { TarWriter } from "./tar-writer.ts";
import { filesBelow } from "./walk.ts";

const SOURCE = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const MIB = 1024 * 1024;
/** Larger ones are bundles with binary code inside. */
const LARGEST_SOURCE = MIB;
const STOCK_SIZE = 64 * MIB;

const FILES = 110_000;
/** Of the logarithm of a file's size: half the files are below 2.7 KB, and the mean is 9.7 KB. */
const SIZE_MU = 7.9;
const SIZE_SIGMA = 1.6;
const LARGEST_FILE = 2_000_000;
const FOLDERS = ["lib", "dist", "dist/esm", "dist/types"];

export const nodeModules: Recipe = {
  name: "node_modules",
  room: { tar: 1.3e9, gzip: 0.4e9, image: 1.5e9 },

  async make(path): Promise<Made> {
    const random = new Random(2);
    const stock = readStock();
    const tar = new TarWriter(path);
    for (let made = 0, number = 0; made < FILES; number++) {
      made += addPackage(tar, stock, random, number, FILES - made);
    }
    tar.close();
    return { description: "110,000 texts of a node_modules, half of them below 2.7 KB", entries: tar.entries };
  },
};

/** @returns files added, `most` at most */
function addPackage(tar: TarWriter, stock: Uint8Array, random: Random, number: number, most: number): number {
  const scope = number % 4 === 0 ? `@scope-${number % 100}/` : "";
  const base = `node_modules/${scope}package-${number}`;
  tar.directory(base);
  tar.directory(`${base}/lib`);
  tar.directory(`${base}/dist`);
  tar.directory(`${base}/dist/esm`);
  tar.directory(`${base}/dist/types`);

  const files = Math.min(5 + random.below(86), most);
  for (let file = 0; file < files; file++) {
    const folder = FOLDERS[random.below(FOLDERS.length)]!;
    const suffix = folder === "dist/types" ? "d.ts" : "js";
    tar.file(`${base}/${folder}/module-${file}-${random.below(10_000)}.${suffix}`, cut(stock, random));
  }
  return files;
}

function cut(stock: Uint8Array, random: Random): Uint8Array {
  const size = Math.min(Math.floor(random.logNormal(SIZE_MU, SIZE_SIGMA)), LARGEST_FILE, stock.length);
  const start = random.below(stock.length - size + 1);
  return stock.subarray(start, start + size);
}

/** The texts in our own node_modules, one after the other. */
function readStock(): Uint8Array {
  const texts: Buffer[] = [];
  let size = 0;
  for (const path of filesBelow(SOURCE)) {
    if (!/\.([cm]?[jt]s|json)$/.test(path)) continue;
    if (size >= STOCK_SIZE) break;
    const text = readFileSync(path);
    if (text.length > LARGEST_SOURCE) continue;
    texts.push(text);
    size += text.length;
  }
  return Buffer.concat(texts);
}
