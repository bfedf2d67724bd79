/** The file of a store: made, looked through, opened. */
import { chmodSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import { ownerOf } from "../lock-file.ts";
import { syncDirectory } from "../sync-directory.ts";
import { Database } from "./database.ts";
import { VERSION, VERSION_KEY } from "./layout.ts";
import { assertSound } from "./lmdb-check.ts";
import { seal, unseal } from "./record.ts";

/** Makes an empty store. It stands at `path` when it is whole. */
export async function makeDatabase(path: string): Promise<void> {
  const made = `${path}.new`;
  removeDatabase(made); // of one who was killed here
  const database = await Database.open(made, { readOnly: false });
  try {
    const version = seal(VERSION_KEY, { layerkiln: "snapshots", version: VERSION });
    database.apply(new Map([[VERSION_KEY.toString("latin1"), version]]));
  } finally {
    await database.close();
  }
  chmodSync(made, 0o600);
  renameSync(made, path);
  removeDatabase(made);
  const root = dirname(path);
  for (const directory of [root, dirname(root)]) await syncDirectory(directory);
}

/** With the file in which lmdb keeps who is reading. */
function removeDatabase(path: string): void {
  for (const each of [path, `${path}-lock`]) rmSync(each, { force: true });
}

/**
 * A store that has an owner was looked through by it; to look while it writes would find what is not so.
 *
 * @throws ImageError  Corrupt, Unsupported: lmdb could not read it
 */
export function assertReadable(path: string, lockPath: string): void {
  for (let tries = 3; ownerOf(lockPath) === undefined; ) {
    try {
      assertSound(path);
      return;
    } catch (error) {
      if (--tries === 0) throw error; // else an owner may have come, and even gone, meanwhile
    }
  }
}

/** @throws ImageError  Unsupported: it was made by a newer version; Corrupt */
export async function openDatabase(path: string, readOnly: boolean): Promise<Database> {
  const database = await Database.open(path, { readOnly });
  try {
    assertVersion(path, database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function assertVersion(path: string, database: Database): void {
  const state = database.read();
  try {
    const stored = state.get(VERSION_KEY);
    if (stored === undefined)
      throw new ImageError(ErrorCode.Corrupt, `${path}: is a database, but not one of snapshots`);
    const { version } = unseal(VERSION_KEY, stored) as { version: number };
    if (version === VERSION) return;
    const what = `${path}: has version ${version}, and this layerkiln reads version ${VERSION}; use the one that made it`;
    throw new ImageError(ErrorCode.Unsupported, what);
  } finally {
    state.end();
  }
}
