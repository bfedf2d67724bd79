/** A snapshotter of metadata in a store and directories on the disk; what is in the directories is a driver's. */
import { ErrorCode, ImageError, isError, toImageError } from "../errors.ts";
import type { MetadataStore } from "../metadata/store.ts";
import type { Mount } from "../platform.ts";
import type { SnapshotDirectories } from "./directories.ts";
import type { Driver, Request } from "./driver.ts";
import { removeTree } from "./remove-tree.ts";
import type { CommitOptions, Info, PrepareOptions, Snapshotter, Usage } from "./snapshotter.ts";

export interface StoredSnapshotterOptions {
  /** Only to look: calls that change something fail with FailedPrecondition. */
  readonly readOnly?: boolean;

  /** When directories of removed snapshots are deleted: by `remove`, before it resolves (the default), or by `cleanup`. */
  readonly deletion?: "remove" | "cleanup";

  /** Hears of what could not be deleted, and of other failures that fail no call. */
  readonly warn?: (failure: ImageError) => void;
}

export class StoredSnapshotter implements Snapshotter {
  readonly #store: MetadataStore;
  readonly #directories: SnapshotDirectories;
  readonly #driver: Driver;
  readonly #options: StoredSnapshotterOptions;
  #closing: Promise<void> | undefined;

  /** The last commit of each key that is under way. */
  readonly #commits = new Map<string, Promise<void>>();

  /** All three are the snapshotter's from here on; `close` closes the store. */
  constructor(
    store: MetadataStore,
    directories: SnapshotDirectories,
    driver: Driver,
    options: StoredSnapshotterOptions = {},
  ) {
    this.#store = store;
    this.#directories = directories;
    this.#driver = driver;
    this.#options = options;
  }

  async stat(key: string): Promise<Info> {
    return this.#store.read((view) => view.info(key).info);
  }

  async update(info: Pick<Info, "name" | "labels">, fieldPaths?: readonly string[]): Promise<Info> {
    return this.#store.write((transaction) => transaction.update(info, fieldPaths));
  }

  async usage(key: string): Promise<Usage> {
    const { id, info, usage } = await this.#store.read((view) => view.info(key));
    if (info.kind === "active") return this.#driver.measure(id);
    if (info.kind === "committed") return (await this.#driver.committedUsage?.(id, usage)) ?? usage;
    return usage;
  }

  async mounts(key: string): Promise<Mount[]> {
    const [snapshot, info] = await this.#store.read((view) => [view.snapshot(key), view.info(key).info]);
    return this.#driver.mounts(snapshot, info);
  }

  prepare(key: string, parent: string, options: PrepareOptions = {}): Promise<Mount[]> {
    return this.#create({ kind: "active", key, parent, labels: options.labels ?? new Map() });
  }

  view(key: string, parent: string, options: PrepareOptions = {}): Promise<Mount[]> {
    return this.#create({ kind: "view", key, parent, labels: options.labels ?? new Map() });
  }

  async #create(request: Request): Promise<Mount[]> {
    const { kind, key, parent, labels } = request;
    this.#assertWritable(key);
    const staged = this.#directories.nameStaged();
    const directory = this.#directories.of(staged);
    try {
      await this.#directories.stage(staged);
      await this.#driver.fill(directory, request);
      return await this.#store.write(async (transaction) => {
        const snapshot = transaction.create(kind, key, parent, { labels });
        await this.#driver.adopt?.(directory, snapshot, request);
        const mounts = await this.#driver.mounts(snapshot, transaction.info(key).info);
        await this.#directories.place(staged, snapshot.id);
        return mounts;
      });
    } catch (error) {
      throw toImageError(key, error);
    } finally {
      await this.#delete(staged);
    }
  }

  /** Those of one key wait for one another: what is made of its files is made once. */
  async commit(name: string, key: string, options: CommitOptions = {}): Promise<void> {
    const before = this.#commits.get(key);
    const commit = (before ?? Promise.resolve()).catch(() => {}).then(() => this.#commit(name, key, options));
    this.#commits.set(key, commit);
    try {
      await commit;
    } finally {
      if (this.#commits.get(key) === commit) this.#commits.delete(key);
    }
  }

  async #commit(name: string, key: string, options: CommitOptions): Promise<void> {
    this.#assertWritable(key);
    const id = await this.#activeId(key);
    const usage = id === undefined ? NOTHING : await this.#seal(id, key);
    await this.#store.write(async (transaction) => {
      const committed = transaction.commitActive(key, name, usage, options); // the one to say what is wrong with the names
      if (committed.id !== id) {
        throw new ImageError(ErrorCode.FailedPrecondition, `${key}: became another snapshot while it was committed`);
      }
      await this.#driver.settle?.(id);
    });
    await this.#attempt(async () => id !== undefined && this.#driver.committed?.(id));
  }

  /** Before anything is done to files; else the store says so. */
  #assertWritable(key: string): void {
    const why = this.#closing !== undefined ? "is closed" : this.#options.readOnly ? "was opened to be read only" : "";
    if (why !== "") throw new ImageError(ErrorCode.FailedPrecondition, `${key}: the snapshotter ${why}`);
  }

  #activeId(key: string): Promise<string | undefined> {
    return this.#store.read((view) => {
      try {
        const { id, info } = view.info(key);
        return info.kind === "active" ? id : undefined;
      } catch (error) {
        if (isError(error, ErrorCode.NotFound)) return undefined;
        throw error;
      }
    });
  }

  #seal(id: string, key: string): Promise<Usage> {
    return this.#driver.seal === undefined ? this.#driver.measure(id) : this.#driver.seal(id, key);
  }

  async remove(key: string): Promise<void> {
    const deletesLater = this.#options.deletion === "cleanup";
    let id = "";
    let aside: string | undefined;
    try {
      await this.#store.write(async (transaction) => {
        ({ id } = transaction.remove(key));
        if (deletesLater) return;
        aside = this.#directories.nameAside(id);
        await this.#directories.setAside(id, async (directory) => this.#driver.unlock?.(directory));
      });
    } catch (error) {
      if (aside !== undefined) await this.#attempt(() => this.#directories.putBack(id));
      throw this.#removalFailure(toImageError(key, error));
    }
    if (aside !== undefined) await this.#delete(aside);
    if (!deletesLater) await this.#attempt(async () => this.#driver.forget?.(id));
  }

  #removalFailure(error: ImageError): ImageError {
    const code = this.#driver.removeFailsWith;
    return code === undefined || code === error.code ? error : new ImageError(code, error.message, error);
  }

  walk(filters: readonly string[] = []): AsyncIterable<Info> {
    return this.#store.walk(filters);
  }

  async cleanup(): Promise<void> {
    const names = await this.#store.write(async (transaction) => {
      const ids = new Set(transaction.ids().keys());
      await this.#attempt(async () => this.#driver.sweep?.(ids));
      return this.#directories.takeLeftOvers(ids);
    });
    for (const name of names) await this.#delete(name);
  }

  close(): Promise<void> {
    this.#closing ??= this.#store.close();
    return this.#closing;
  }

  /** What cannot be deleted now is found by the next `cleanup`. */
  async #delete(name: string): Promise<void> {
    await this.#attempt(async () => {
      if (!(await this.#directories.has(name))) return;
      const directory = this.#directories.of(name);
      await this.#driver.release?.(directory);
      await (this.#driver.destroy === undefined ? removeTree(directory) : this.#driver.destroy(directory));
    });
    this.#directories.release(name);
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.warn?.(toImageError("snapshotter", error));
    }
  }
}

const NOTHING: Usage = { inodes: 0, size: 0 };
