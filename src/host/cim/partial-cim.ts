/**
 * A CIM on its way into a directory. It stands under its name when all of its files are complete and synced, or not at all.
 *
 *     const cim = await PartialCim.create(directory, "base.cim", options);
 *     cim.files.write(…); …
 *     await cim.sync(sizes);
 *     await cim.commit();   // or, whatever has failed, cim.discard()
 */
import { existsSync, linkSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { CimFile } from "../../../assembly/abi.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { CimParts } from "../image/image-source.ts";
import type { Lock } from "../lock-file.ts";
import { syncDirectory } from "../sync-directory.ts";
import { againWhileInUse } from "../while-in-use.ts";
import { CimDirectory, type CimDirectoryOptions, PARTIAL_HEADER } from "./cim-directory.ts";
import { CIM_FILES, regionFileNames } from "./cim-header.ts";
import { readCimHeader } from "./read-cim-header.ts";
import { WrittenFiles } from "./written-files.ts";

/** What the files of a CIM are called on their way, in the order of CIM_FILES. */
const PARTIAL_NAMES = [PARTIAL_HEADER, "region_0", "objectid_0", "region_1", "objectid_1"];

/** In the hidden directory: what another writer of the same CIM makes. */
const REWRITTEN = "rewritten";

export class PartialCim {
  #gone = false;
  /** What `replace` took in the place of what was written. */
  #replacement: RegionNames | undefined;

  private constructor(
    /** Of the CIM, once it is there. */
    readonly path: string,
    readonly files: WrittenFiles,
    private readonly directory: CimDirectory,
    private readonly isNewDirectory: boolean,
    private readonly partial: string,
    private readonly owner: Lock,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Removes first what others have left that were killed. `directory` is made if it is not there, and its parent is.
   *
   * @throws ImageError  AlreadyExists: there is a CIM of that name; else what the system says
   */
  static async create(directory: string, name: string, options: CimDirectoryOptions = {}): Promise<PartialCim> {
    let isNew = false;
    try {
      isNew = makeDirectory(directory);
      const cims = new CimDirectory(directory, options);
      return await cims.locked(async () => {
        cims.removeAbandoned();
        const path = join(directory, name);
        assertIsFree(path);
        const { partial, files, owner } = await startFiles(cims, name);
        return new PartialCim(path, files, cims, isNew, partial, owner, options.signal);
      });
    } catch (error) {
      if (isNew) removeIfEmpty(directory);
      throw toImageError(directory, error);
    }
  }

  /** All is written. */
  async sync(sizes: ReadonlyMap<CimFile, number>): Promise<void> {
    try {
      await this.files.sync(sizes, this.signal);
    } catch (error) {
      throw toImageError(this.path, error);
    }
  }

  /** What was written, after `sync`, to be read. Regions of parents are looked for in the CIM's directory. */
  get parts(): CimParts {
    const { names, partialNames } = this.#written;
    const own = new Map(names.map((name, index) => [name, partialNames[index]!]));
    return {
      cim: join(this.partial, PARTIAL_HEADER),
      beside: (name) => (own.has(name) ? join(this.partial, own.get(name)!) : join(this.directory.path, name)),
    };
  }

  /** An empty directory on the same volume, which goes when this is committed or discarded. */
  makeFolder(): string {
    const folder = join(this.partial, REWRITTEN);
    try {
      mkdirSync(folder);
    } catch (error) {
      throw toImageError(folder, error);
    }
    return folder;
  }

  /**
   * Takes files from `makeFolder`'s directory for those that were written: the same CIM by another writer.
   *
   * @param names  of regions and object ids
   */
  replace(folder: string, guid: string, names: readonly string[]): void {
    this.files.close();
    for (const name of PARTIAL_NAMES) rmSync(join(this.partial, name));
    const take = (name: string, as: string): void =>
      againWhileInUse(() => renameSync(join(folder, name), join(this.partial, as)));
    for (const name of names) take(name, name);
    take(basename(this.path), PARTIAL_HEADER);
    this.#replacement = { guid, names };
  }

  /**
   * After `sync`: gives all files their names, that of the CIM last.
   *
   * @throws ImageError  AlreadyExists: another was faster, or has regions of the same GUID
   */
  async commit(): Promise<void> {
    this.files.close();
    try {
      await this.directory.locked(async () => {
        assertIsFree(this.path);
        await this.#giveNames();
        this.#removePartial();
      });
    } catch (error) {
      throw toImageError(this.path, error);
    }
  }

  /** No effect after `commit`. */
  discard(): void {
    if (this.#gone) return;
    this.files.close();
    this.#removePartial();
    if (this.isNewDirectory) removeIfEmpty(this.directory.path);
  }

  async #giveNames(): Promise<void> {
    const directory = this.directory.path;
    const { guid, names, partialNames = names } = this.#replacement ?? this.#written;
    this.#assertAreFree(guid, names);
    const given: string[] = [];
    // A second name, for that never takes the place of what is there.
    const give = (from: string, path: string): void => {
      linkSync(join(this.partial, from), path);
      given.push(path);
    };
    try {
      for (const [index, from] of partialNames.entries()) give(from, join(directory, names[index]!));
      await syncDirectory(directory);
      give(PARTIAL_HEADER, this.path);
      await syncDirectory(directory);
    } catch (error) {
      for (const path of given.reverse()) rmSync(path, { force: true });
      throw error;
    }
  }

  get #written(): Required<RegionNames> {
    const { regions } = readCimHeader(join(this.partial, PARTIAL_HEADER))!;
    return { guid: regions.guid, names: regionFileNames(regions), partialNames: PARTIAL_NAMES.slice(1) };
  }

  #assertAreFree(guid: string, names: readonly string[]): void {
    const taken = names.map((name) => join(this.directory.path, name)).find(existsSync);
    if (taken === undefined) return;
    const [cim] = this.directory.cimsOf(guid);
    const owner = cim === undefined ? "" : ` for ${cim}`;
    throw new ImageError(ErrorCode.AlreadyExists, `${taken}: exists already${owner}; --guid takes another`);
  }

  #removePartial(): void {
    this.#gone = true;
    try {
      this.owner.release();
      rmSync(this.partial, { recursive: true, force: true });
    } catch {} // whoever comes next removes it
  }
}

/** Regions and object ids that are to have `names`. */
interface RegionNames {
  readonly guid: string;
  readonly names: readonly string[];

  /** What they are called on their way. Default: the same. */
  readonly partialNames?: readonly string[];
}

interface Started {
  readonly partial: string;
  readonly files: WrittenFiles;
  readonly owner: Lock;
}

async function startFiles(directory: CimDirectory, name: string): Promise<Started> {
  const partial = directory.partialOf(name);
  mkdirSync(partial);
  let owner: Lock | undefined;
  try {
    owner = await directory.own(partial);
    const files = new WrittenFiles(
      new Map(CIM_FILES.map((file, index) => [file, join(partial, PARTIAL_NAMES[index]!)])),
    );
    return { partial, files, owner };
  } catch (error) {
    owner?.release();
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/** @throws ImageError  AlreadyExists */
function assertIsFree(path: string): void {
  if (existsSync(path)) throw new ImageError(ErrorCode.AlreadyExists, `${path}: exists already`);
}

/** @returns whether it was not there */
function makeDirectory(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false;
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (statSync(path).isDirectory()) return false;
    throw new ImageError(ErrorCode.InvalidArgument, `${path}: is no directory, and a CIM needs one for its files`);
  }
}

/** Others may have begun to use it. */
function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {}
}
