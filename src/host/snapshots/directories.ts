/**
 * Where a snapshotter keeps its files: a directory for each snapshot, named for its id.
 *
 *     <root>/snapshots/<id>           a snapshot
 *                      new-<random>   one that is being made
 *                      rm-<id>        one that is being removed; it is still there if the transaction never came to its end
 *                      rm-<id>-<…>    what belongs to nobody
 *
 * The metadata decide which snapshots there are; a directory follows. All that is slow is done in `new-…` before the
 * transaction, and deletion comes after it: inside, directories are only renamed. Ids of transactions that came to nothing
 * are given again, so that a directory may stand where a new one shall. Names of any other form are not ours and stay.
 *
 * Source: containerd, plugins/snapshots (overlay, windows); what becomes of crashes is our own.
 */
import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import { ifThere } from "../if-there.ts";
import { syncDirectory } from "../sync-directory.ts";
import { laterWhileInUse } from "../while-in-use.ts";

const LEFT_OVER = /^(\d+|new-.+|rm-.+)$/;

/** Of a snapshot, or of one that is being removed. */
const OF_SNAPSHOT = /^(?:rm-)?(\d+)$/;

export class SnapshotDirectories {
  /** Where all of them are. */
  readonly home: string;

  /** Names that a call of this process is at work on: no sweep may take them. */
  readonly #held = new Set<string>();

  /** @param root  an absolute path */
  constructor(readonly root: string) {
    this.home = join(root, "snapshots");
  }

  /** For root alone: what a layer holds may be setuid. */
  async create(): Promise<void> {
    await mkdir(this.home, { recursive: true, mode: 0o700 });
  }

  of(name: string): string {
    return join(this.home, name);
  }

  async has(name: string): Promise<boolean> {
    return (await ifThere(lstat(this.of(name)))) !== undefined;
  }

  /** The name of a directory for a snapshot that is to be; held, until `release`. */
  nameStaged(): string {
    return this.#hold(`new-${randomName()}`);
  }

  async stage(staged: string): Promise<void> {
    await mkdir(this.of(staged), { mode: 0o700 });
  }

  /** In a transaction, last: from here on the staged directory is that of `id`. */
  async place(staged: string, id: string): Promise<void> {
    if (await this.has(id)) await this.#takeName(id, id);
    await laterWhileInUse(() => rename(this.of(staged), this.of(id)));
    await syncDirectory(this.home);
  }

  /** What the directory of `id` is called while it is being removed; held, until `release` or `putBack`. */
  nameAside(id: string): string {
    return this.#hold(`rm-${id}`);
  }

  /**
   * In a transaction: takes the directory of `id` away, until `putBack` or for good.
   *
   * @param letGo  called where it is in use, before a second attempt
   * @throws ImageError  FailedPrecondition: in use
   */
  async setAside(id: string, letGo: (directory: string) => Promise<void>): Promise<void> {
    if (!(await this.has(id))) return;
    const aside = this.of(`rm-${id}`);
    try {
      await rename(this.of(id), aside);
    } catch (error) {
      if (!isDenied(error)) throw error;
      await letGo(this.of(id));
      await rename(this.of(id), aside).catch((again) => {
        if (!isDenied(again)) throw again;
        throw new ImageError(
          ErrorCode.FailedPrecondition,
          `${this.of(id)}: is in use, and cannot be removed yet`,
          again,
        );
      });
    }
  }

  /** After a transaction that failed. */
  async putBack(id: string): Promise<void> {
    if (await this.has(`rm-${id}`)) await rename(this.of(`rm-${id}`), this.of(id));
    this.#held.delete(`rm-${id}`);
  }

  /** Nobody is at work on `name` any more. */
  release(name: string): void {
    this.#held.delete(name);
  }

  /**
   * In a transaction: what belongs to none of `ids`, to be deleted after it. A directory that was set aside for a removal
   * which never came to its end is put back.
   *
   * @returns names, which are held
   */
  async takeLeftOvers(ids: ReadonlySet<string>): Promise<string[]> {
    const taken: string[] = [];
    for (const name of await readdir(this.home)) {
      if (this.#held.has(name) || ids.has(name) || !LEFT_OVER.test(name)) continue;
      const id = OF_SNAPSHOT.exec(name)?.[1];
      if (id !== undefined && ids.has(id) && !(await this.has(id))) await rename(this.of(name), this.of(id));
      else taken.push(id === undefined ? name : await this.#takeName(name, id));
    }
    return taken.map((name) => this.#hold(name));
  }

  /** What a snapshot's directory may be called before this one is deleted. */
  async #takeName(name: string, id: string): Promise<string> {
    const other = `rm-${id}-${randomName()}`;
    await rename(this.of(name), this.of(other));
    return other;
  }

  #hold(name: string): string {
    this.#held.add(name);
    return name;
  }
}

/** Windows says so of a directory in which something is open. */
const isDenied = (error: unknown): boolean =>
  ["EACCES", "EBUSY", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "");

const randomName = (): string => randomBytes(8).toString("hex");
