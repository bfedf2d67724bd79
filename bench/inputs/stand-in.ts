/** Stands in for a root filesystem: files of this machine's /usr. Runs on one machine compare, others only roughly. */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import type { Made } from "./input.ts";
import { EntryType, TarWriter } from "./tar-writer.ts";
import { filesBelow } from "./walk.ts";

const SOURCE = "/usr";
const SIZE = 180e6;
/** A minbase has none that are larger. */
const LARGEST_FILE = 16e6;

interface Found {
  readonly path: string;
  readonly stats: Stats;
}

export function writeStandIn(path: string): Made {
  const tar = new TarWriter(path);
  const directories = new Set<string>([dirname(SOURCE)]);
  for (const found of choose(filesBelow(SOURCE))) {
    addParents(tar, directories, dirname(found.path));
    add(tar, found);
  }
  tar.close();
  return { description: `files of this machine's ${SOURCE}, for want of a Debian minbase`, entries: tar.entries };
}

/** A sample by the hash of the names, so that it is the same in each run. */
function choose(paths: readonly string[]): Found[] {
  const byHash = paths.map((path) => ({ path, hash: createHash("sha1").update(path).digest("hex") }));
  byHash.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const chosen: Found[] = [];
  let size = 0;
  for (const { path } of byHash) {
    const found = look(path);
    if (found === undefined) continue;
    chosen.push(found);
    size += 512 + found.stats.size;
    if (size >= SIZE) break;
  }
  return chosen.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @returns undefined for what is neither a link nor a file of fitting size, or went away */
function look(path: string): Found | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink()) return { path, stats };
  return stats?.isFile() && stats.size <= LARGEST_FILE ? { path, stats } : undefined;
}

function addParents(tar: TarWriter, known: Set<string>, path: string): void {
  if (known.has(path)) return;
  addParents(tar, known, dirname(path));
  tar.directory(path.slice(1));
  known.add(path);
}

function add(tar: TarWriter, { path, stats }: Found): void {
  const { uid, gid } = stats;
  const entry = { name: path.slice(1), mode: stats.mode & 0o7777, uid, gid, mtime: Math.floor(stats.mtimeMs / 1000) };
  if (stats.isSymbolicLink()) {
    tar.add({ ...entry, type: EntryType.Symlink, linkName: readlinkSync(path) });
  } else {
    const body = readFileSync(path);
    tar.add({ ...entry, size: body.length });
    tar.write(body);
  }
}
