/**
 * Keeps what is known of snapshots: keys, ids, kinds, parents, labels, times, usage. What belongs to them on the disk is no
 * business of the store; a snapshotter changes both in one transaction.
 *
 * Any number of processes may read a store; one may write, which `openMetadata` makes sure of.
 */
import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Clock, startClock } from "../clock.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { acquireLock, type Lock } from "../lock-file.ts";
import type { LockFile } from "../platform.ts";
import type { Database, Entry, State } from "./database.ts";
import { parseFilters } from "./filter.ts";
import type { Info } from "./info.ts";
import { ALL_SNAPSHOTS } from "./layout.ts";
import { assertSound } from "./lmdb-check.ts";
import { PendingState } from "./pending.ts";
import { assertReadable, makeDatabase, openDatabase } from "./store-file.ts";
import { Transaction } from "./transaction.ts";
import { matching, View } from "./view.ts";

export interface MetadataOptions {
  /** Reads only: beside an owner, or without one. The store must exist. */
  readonly readOnly?: boolean | undefined;

  /** For times of creation and change. */
  readonly clock?: Clock | undefined;

  /** Tells whether an owner in another container is dead. */
  readonly lockFile?: LockFile | undefined;
}

/** How many snapshots a walk looks at before other work has its turn. */
const WALK_BATCH = 64;

/**
 * Opens the store of the directory `root`, which is made, with a store in it, unless it is to be read only. Whoever may write
 * owns `root` until `close`; a dead owner owns nothing.
 *
 *     const store = await openMetadata(root);
 *     const { id } = await store.write(async (transaction) => {
 *       const made = transaction.create("active", key, parent);
 *       await mkdir(join(root, made.id)); // throws? then nothing was made
 *       return made;
 *     });
 *
 * @throws ImageError  FailedPrecondition: another process owns it; NotFound: to be read only, and there is none;
 *                     Corrupt, Unsupported: it cannot be read, and is left as it is; Unavailable: lmdb is missing
 */
export async function openMetadata(root: string, options: MetadataOptions = {}): Promise<MetadataStore> {
  const { readOnly = false, clock = startClock(), lockFile } = options;
  const [path, lockPath] = [resolve(root, "metadata.db"), resolve(root, "owner.lock")]; // wherever this process goes

  if (readOnly) {
    if (!existsSync(path)) throw new ImageError(ErrorCode.NotFound, `${root}: no snapshots are kept here`);
    assertReadable(path, lockPath);
    return new MetadataStore(await openDatabase(path, readOnly), clock, undefined);
  }
  makeDirectory(root);
  const lock = await acquireLock(lockPath, { lockFile });
  try {
    if (existsSync(path)) assertSound(path);
    else await makeDatabase(path);
    return new MetadataStore(await openDatabase(path, readOnly), clock, lock);
  } catch (error) {
    lock.release();
    throw toImageError(path, error);
  }
}

export class MetadataStore {
  #closed: Promise<void> | undefined;

  /** Settles, never with an error, when all writers that came so far are done. */
  #writers: Promise<unknown> = Promise.resolve();

  /** Work that has a read transaction open. */
  readonly #readers = new Set<Promise<unknown>>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lock: Lock | undefined,
  ) {}

  /** Hands `fn` the store as it is now: it does not change for as long as `fn` runs. Writers do not wait for it. */
  async read<T>(fn: (view: View) => T | Promise<T>): Promise<T> {
    this.#assertOpen();
    const reader = this.#withState((state) => fn(new View(state)));
    this.#readers.add(reader);
    try {
      return await reader;
    } finally {
      this.#readers.delete(reader);
    }
  }

  /**
   * Hands `fn` the store to change it. Writers have their turns one after another, so `fn` must not wait for another `write`;
   * it may read.
   *
   * @returns what `fn` returns, when all changes are on the disk; if it throws there are none
   * @throws ImageError  FailedPrecondition: opened to be read only, or closed; or the changes could not be written, and there
   *                     are none
   */
  async write<T>(fn: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    this.#assertOpen();
    if (this.lock === undefined)
      throw new ImageError(ErrorCode.FailedPrecondition, "metadata: the store was opened to be read only");
    const turn = this.#writers.then(() => this.#transact(fn));
    this.#writers = turn.catch(() => undefined);
    return turn;
  }

  /**
   * As `View.walk`, without a transaction of its own: the store may be changed meanwhile, and whoever stops half-way, or
   * forgets to go on, keeps nothing open. Takes memory for the records of all snapshots.
   */
  async *walk(filters: readonly string[] = []): AsyncGenerator<Info, void> {
    const filter = parseFilters(filters);
    const entries = this.#records();
    for (let at = 0; at < entries.length; at += WALK_BATCH) {
      yield* matching(entries.slice(at, at + WALK_BATCH), filter);
      await setImmediate();
    }
  }

  /** Waits for writers and readers; calls fail from now on. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#writers.then(async () => {
      await Promise.allSettled(this.#readers);
      await this.database.close();
      this.lock?.release();
    });
    return this.#closed;
  }

  #transact<T>(fn: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    return this.#withState(async (state) => {
      const pending = new PendingState(state);
      const result = await fn(new Transaction(pending, this.clock));
      if (pending.changes.size > 0) this.database.apply(pending.changes);
      return result;
    });
  }

  async #withState<T>(fn: (state: State) => T | Promise<T>): Promise<T> {
    const state = this.database.read();
    try {
      const result = fn(state);
      // What does not wait ends at once, so that any number may be asked for in one turn of the event loop.
      return result instanceof Promise ? await result : result;
    } finally {
      state.end();
    }
  }

  #records(): Entry[] {
    this.#assertOpen();
    const state = this.database.read();
    try {
      return [...state.range(ALL_SNAPSHOTS)];
    } finally {
      state.end();
    }
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new ImageError(ErrorCode.FailedPrecondition, "metadata: the store is closed");
  }
}

function makeDirectory(root: string): void {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toImageError(root, error);
  }
}
