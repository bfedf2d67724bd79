/**
 * A directory of CIMs. What several processes do to it at once, and what one of them left when it was killed, harms nobody:
 *
 *     .layerkiln.lock                held while names are given and taken, for moments
 *     .NAME.cim.XXXXXXXX.unfinished/ a CIM on its way: its files, and `owner`, a lock of the process that makes it
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toImageError } from "../errors.ts";
import { acquireLock, type Lock, ownerOf } from "../lock-file.ts";
import type { LockFile } from "../platform.ts";
import { isInUse } from "../while-in-use.ts";
import { isRegionFile, regionFileNames } from "./cim-header.ts";
import { cimHeaderAt } from "./read-cim-header.ts";

const LOCK = ".layerkiln.lock";
const OWNER = "owner";
const UNFINISHED = ".unfinished";
/** What `partialOf` gives: other directories that are hidden, or unfinished, are none of ours. */
const PARTIAL = /^\..+\.[0-9a-z]{1,8}\.unfinished$/s;
/** Longer than anybody gives names for, on a disk that is slow to sync. */
const LOCK_WAIT_MS = 60_000;

/** In a directory on its way: the file that will be the CIM's header. */
export const PARTIAL_HEADER = "header";

export interface CimDirectoryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly lockFile?: LockFile | undefined;
}

export class CimDirectory {
  constructor(
    readonly path: string,
    private readonly options: CimDirectoryOptions = {},
  ) {}

  /** Runs `work` while nobody else gives or takes names here. */
  async locked<T>(work: () => T | Promise<T>): Promise<T> {
    const lock = await acquireLock(join(this.path, LOCK), { ...this.#options, waitMs: LOCK_WAIT_MS });
    try {
      return await work();
    } finally {
      lock.release();
    }
  }

  /** While locked: where a CIM is made that will be called `name`. Nothing stands there. */
  partialOf(name: string): string {
    const letters = Math.random().toString(36).slice(2, 10);
    return join(this.path, `.${name.slice(0, 48)}.${letters}${UNFINISHED}`); // below 255 bytes, whatever the script
  }

  /** Marks such a directory as ours. */
  own(partial: string): Promise<Lock> {
    return acquireLock(join(partial, OWNER), this.#options);
  }

  /**
   * While locked: removes what conversions have left here that were killed, or that had second names of files which a mount holds:
   * Windows lets go of these after it.
   *
   * @throws ImageError  what the system says
   */
  removeAbandoned(): void {
    for (const entry of readdirSync(this.path, { withFileTypes: true })) {
      if (!entry.isDirectory() || !PARTIAL.test(entry.name)) continue;
      const partial = join(this.path, entry.name);
      try {
        if (ownerOf(join(partial, OWNER), this.options.lockFile) !== undefined) continue;
        this.#removeAbandonedRegions(join(partial, PARTIAL_HEADER));
        rmSync(partial, { recursive: true, force: true });
      } catch (error) {
        if (!isInUse(error)) throw toImageError(partial, error);
      }
    }
  }

  /** Names of the CIMs here that have or refer to the regions of `guid`. */
  cimsOf(guid: string): string[] {
    return readdirSync(this.path, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !isRegionFile(entry.name))
      .map(({ name }) => name)
      .filter((name) => {
        const header = cimHeaderAt(join(this.path, name));
        return header !== undefined && [header.regions, ...header.parents].some((set) => set.guid === guid);
      });
  }

  /** It may have been killed when some of its files had their names, and the CIM had not. */
  #removeAbandonedRegions(partialHeader: string): void {
    const header = cimHeaderAt(partialHeader);
    if (header === undefined || this.cimsOf(header.regions.guid).length > 0) return;
    for (const name of regionFileNames(header.regions)) rmSync(join(this.path, name), { force: true });
  }

  get #options(): { signal?: AbortSignal; lockFile?: LockFile } {
    const { signal, lockFile } = this.options;
    return { ...(signal && { signal }), ...(lockFile && { lockFile }) };
  }
}
