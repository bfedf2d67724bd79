/**
 * A CIM of ours once more, by the system's own writer.
 *
 * Rules of layers are the same for both, as it is our CIM that is read and told to the other. That one writes into a directory of its
 * own: what it leaves when it fails goes with that, and nobody sees a CIM that is not complete. Where it makes a fork, the files of
 * the parents are there too, by second names.
 */
import { closeSync, fsync as fsyncThen, linkSync, openSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { openImage } from "../image/open-image.ts";
import type { CimWriter } from "../windows.ts";
import { regionFileNames } from "./cim-header.ts";
import type { CimPart } from "./cim-result.ts";
import { changesOf } from "./fork-changes.ts";
import type { PartialCim } from "./partial-cim.ts";
import { readCimHeader } from "./read-cim-header.ts";
import { Replay } from "./replay.ts";

const fsync = promisify(fsyncThen);

/** What the other writer made. */
export interface Rewritten {
  readonly guid: string;

  /** The CIM first. */
  readonly files: readonly CimPart[];

  /** Bytes of all of these. */
  readonly size: number;
}

/**
 * @param cim     synced, and not committed; then it has the other's files instead
 * @param parent  path of the CIM that this one is to be a fork of
 */
export async function rewrite(
  cim: PartialCim,
  writer: CimWriter,
  parent: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Rewritten> {
  const folder = cim.makeFolder();
  const linked = parent === undefined ? [] : linkParents(parent, folder);
  await write(cim, writer, folder, parent, signal);
  try {
    const made = readdirSync(folder).filter((each) => !linked.includes(each));
    return await take(cim, folder, made, signal);
  } catch (error) {
    throw toImageError(cim.path, error);
  }
}

async function write(
  cim: PartialCim,
  writer: CimWriter,
  folder: string,
  parent: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const image = await openImage(cim.parts);
  try {
    // By the path that its regions have in `parts`: what both refer to need not be compared.
    const below = parent && join(dirname(cim.path), basename(parent));
    const changes = below === undefined ? undefined : await changesOf(below, cim.parts, signal);
    const target = await writer.create(folder, basename(cim.path), parent && basename(parent));
    try {
      await new Replay(image, target, signal).run(changes);
      await target.commit();
    } finally {
      target.close();
    }
  } finally {
    image.close();
  }
}

/** @param made  names of all that the writer left */
async function take(
  cim: PartialCim,
  folder: string,
  made: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Rewritten> {
  const name = basename(cim.path);
  const { guid, regions } = regionsAmong(made, name);
  const files: CimPart[] = [];
  for (const each of [name, ...regions]) files.push({ name: each, size: await syncFile(join(folder, each), signal) });
  cim.replace(folder, guid, regions);
  return { guid, files, size: files.reduce((sum, { size }) => sum + size, 0) };
}

/** @returns their names */
function linkParents(parent: string, folder: string): string[] {
  const header = readCimHeader(parent);
  if (header === undefined) throw new ImageError(ErrorCode.NotFound, `${parent}: no such file`);
  const names = [basename(parent), ...[header.regions, ...header.parents].flatMap(regionFileNames)];
  return names.filter((name) => {
    const path = join(dirname(parent), name);
    try {
      linkSync(path, join(folder, name));
      return true;
    } catch (error) {
      // Nobody needs these to read a CIM.
      if (name.startsWith("objectid_") && (error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw toImageError(path, error);
    }
  });
}

/** @throws ImageError  FailedPrecondition: that is no CIM, or it is not of one writing */
function regionsAmong(names: readonly string[], cim: string): { guid: string; regions: string[] } {
  const regions = names.filter((name) => REGION.test(name)).sort();
  const guids = new Set(regions.map((name) => REGION.exec(name)![1]!.toLowerCase()));
  const [guid] = guids;
  if (names.includes(cim) && guid !== undefined && guids.size === 1) return { guid, regions };
  throw new ImageError(
    ErrorCode.FailedPrecondition,
    `${cim}: the system's writer made ${names.length === 0 ? "no file" : names.join(", ")}: not a CIM and its regions`,
  );
}

const REGION = /^(?:region|objectid)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_\d+$/i;

/** @returns its bytes */
async function syncFile(path: string, signal: AbortSignal | undefined): Promise<number> {
  const file = openSync(path, "r+"); // Windows syncs none that is only read
  try {
    await fsync(file);
  } finally {
    closeSync(file);
  }
  signal?.throwIfAborted();
  return statSync(path).size;
}
