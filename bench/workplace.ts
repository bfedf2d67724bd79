/** The folder in which all is measured: it has room, holds the inputs, and goes when the run ends. */
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import { isInstalled } from "./command.ts";
import { makeGzip, makeZstd } from "./inputs/compressed.ts";
import type { InputName, Made, Recipe } from "./inputs/input.ts";
import { say } from "./say.ts";

/** An input that lies ready. */
export interface Input extends Made {
  readonly name: InputName;
  /** Path of the tar. */
  readonly tar: string;
  /** Paths of the same, compressed. */
  readonly gzip: string;
  readonly zstd: string;
  /** Path of a tar without entries. */
  readonly empty: string;
  /** Of the tar. Bytes. */
  readonly size: number;
  /** Of the compressed tar. Bytes. */
  readonly gzipSize: number;
  /** What compressed it. */
  readonly compressor: string;
}

type Paths = Pick<Input, "tar" | "gzip" | "zstd">;

/** To be raised when a recipe changes: inputs kept under another number are made anew. */
const VERSION = 2;
/** statfs(2) */
const TMPFS_MAGIC = 0x01021994;
/** Left for the programs themselves, where files are memory too. Bytes. */
const MEMORY_RESERVE = 1e9;
/** Two blocks of zeros. */
const EMPTY_TAR = new Uint8Array(1024);

export class Workplace {
  readonly path: string;
  /** Where the tools write. */
  readonly output: string;
  /** Where the meter writes. */
  readonly report: string;

  /**
   * @param parent  an existing folder, best on tmpfs
   * @param keep    leave the inputs for the next run, and take those of the last
   */
  constructor(
    parent: string,
    private readonly keep: boolean,
  ) {
    if (!existsSync(parent)) throw new Error(`${parent}: is not there; name a folder with --dir`);
    this.path = join(parent, keep ? "layerkiln-bench" : `layerkiln-bench-${process.pid}`);
    mkdirSync(this.path, { recursive: true });
    this.output = this.#file("output");
    this.report = this.#file("cost");
  }

  /** @throws Error  if `recipes` need more room than there is */
  checkRoom(recipes: readonly Recipe[]): void {
    const { bavail, bsize, type } = statfsSync(this.path);
    const disk = bavail * bsize;
    const free = type === TMPFS_MAGIC ? Math.min(disk, freemem() - MEMORY_RESERVE) : disk;
    const need = this.keep ? this.#needOfAll(recipes) : Math.max(...recipes.map(roomOf));
    if (need <= free) return;
    const advice = "name a roomier folder with --dir, or fewer inputs with --only";
    throw new Error(`${this.path}: ${gigabytes(need)} are needed, ${gigabytes(free)} are free; ${advice}`);
  }

  /** Finds the input, or makes it. */
  async take(recipe: Recipe, cache: string): Promise<Input> {
    const { name } = recipe;
    const [tar, empty] = [this.#file(`${name}.tar`), this.#file("empty.tar")];
    const [gzip, zstd] = [`${tar}.gz`, `${tar}.zst`];
    writeFileSync(empty, EMPTY_TAR);
    const made = this.#kept(name) ?? (await this.#make(recipe, { tar, gzip, zstd }, cache));
    return { ...made, name, tar, gzip, zstd, empty, size: statSync(tar).size, gzipSize: statSync(gzip).size };
  }

  /** Makes room for the next input. */
  drop({ name, tar, gzip, zstd }: Input): void {
    rmSync(this.output, { force: true });
    if (this.keep) return;
    for (const path of [tar, gzip, zstd, this.#note(name)]) rmSync(path, { force: true });
  }

  /** Leaves nothing behind, or only what was asked to be kept. */
  close(): void {
    const paths = this.keep ? [this.output, this.report] : [this.path];
    for (const path of paths) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }

  #needOfAll(recipes: readonly Recipe[]): number {
    const missing = recipes.filter(({ name }) => this.#kept(name) === undefined);
    const inputs = missing.reduce((sum, { room }) => sum + room.tar + 2 * room.gzip, 0);
    return inputs + Math.max(...recipes.map(({ room }) => room.image));
  }

  #kept(name: InputName): (Made & { compressor: string }) | undefined {
    if (!existsSync(this.#note(name))) return undefined;
    const { version, ...made } = JSON.parse(readFileSync(this.#note(name), "utf8"));
    return version === VERSION ? made : undefined;
  }

  async #make(recipe: Recipe, { tar, gzip, zstd }: Paths, cache: string): Promise<Made & { compressor: string }> {
    say(`${recipe.name}: making the tar`);
    const made = await recipe.make(tar, cache);
    say(`${recipe.name}: compressing it`);
    const compressor = await makeGzip(tar, gzip);
    if (isInstalled("zstd")) await makeZstd(tar, zstd);
    const all = { ...made, compressor };
    writeFileSync(this.#note(recipe.name), JSON.stringify({ version: VERSION, ...all })); // last: it says that all are whole
    return all;
  }

  #file(name: string): string {
    return join(this.path, name);
  }

  #note(name: InputName): string {
    return this.#file(`${name}.json`);
  }
}

function roomOf({ room }: Recipe): number {
  return room.tar + 2 * room.gzip + room.image;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
