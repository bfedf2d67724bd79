/**
 * What keeps snapshots.
 *
 * Words
 *
 * - *snapshot*: a state of a filesystem, kept as a set of changes over its parent.
 * - *active*: open for writing, under a *key*. *view*: open for reading, under a key. *committed*: closed, under a *name*;
 *   only these may be parents. Keys and names share one space.
 * - *chain*: a snapshot's parent, the parent of that, and on down to the base.
 * - *mounts*: what somebody mounts, first one first, to see a snapshot as a directory. The snapshotter itself mounts nothing
 *   at the place where it is seen.
 *
 * Life of a snapshot
 *
 *     prepare(key, parent) ──▶ active ──▶ commit(name, key) ──▶ committed ──▶ remove(name)
 *     view(key, parent)    ──▶ view   ──▶ remove(key)
 *
 * An active snapshot does not become a committed one: `commit` makes a new one under `name`, and `key` is gone.
 *
 * Each call is one transaction: it has its whole effect, durably, before it resolves, or none.
 *
 * Source: containerd, core/snapshots/snapshotter.go; its errors are those of pkg/errdefs.
 */
import type { Info, Kind, Labels, Nanoseconds, Usage } from "../metadata/info.ts";
import type { Mount } from "../platform.ts";

export type { Info, Kind, Labels, Nanoseconds, Usage };

export interface PrepareOptions {
  readonly labels?: Labels;
}

export interface CommitOptions {
  /** All that the committed snapshot has: those of the active one are not inherited. */
  readonly labels?: Labels;

  /** The parent, of a snapshot that was prepared without one; else the one that it has. */
  readonly parent?: string;
}

export interface Snapshotter {
  /** @throws ImageError  NotFound */
  stat(key: string): Promise<Info>;

  /**
   * Changes labels of `info.name`, and nothing else.
   *
   * @param fieldPaths  "labels": all of them become `info.labels`; "labels.K": K becomes what it is in `info.labels`, or is
   *                    gone; none: as "labels"
   * @throws ImageError  NotFound; InvalidArgument: another field, and nothing is changed
   */
  update(info: Pick<Info, "name" | "labels">, fieldPaths?: readonly string[]): Promise<Info>;

  /** Of active snapshots, as they are now; of committed ones, as they were when committed. @throws ImageError  NotFound */
  usage(key: string): Promise<Usage>;

  /** What `prepare` or `view` returned. @throws ImageError  NotFound; FailedPrecondition: it is committed */
  mounts(key: string): Promise<Mount[]>;

  /**
   * Makes an active snapshot `key` over `parent` ("" for none).
   *
   * @throws ImageError  AlreadyExists: `key` is taken; NotFound: there is no `parent`; InvalidArgument: it is not committed,
   *                     or a word is empty
   */
  prepare(key: string, parent: string, options?: PrepareOptions): Promise<Mount[]>;

  /** As `prepare`, to be read only. */
  view(key: string, parent: string, options?: PrepareOptions): Promise<Mount[]>;

  /**
   * Makes a committed snapshot `name` of the active one `key`, which is no more.
   *
   * @throws ImageError  AlreadyExists: `name` is taken; NotFound: there is no `key`; FailedPrecondition: it is not active, or
   *                     `options.parent` is not committed; InvalidArgument: it has another parent. `key` is as it was then.
   */
  commit(name: string, key: string, options?: CommitOptions): Promise<void>;

  /** @throws ImageError  NotFound; FailedPrecondition: it is the parent of another */
  remove(key: string): Promise<void>;

  /**
   * All that match one of `filters`, by name; without filters all. As they were when it began; other calls may be made meanwhile.
   *
   * @throws ImageError  InvalidArgument: a filter cannot be read; before the first snapshot
   */
  walk(filters?: readonly string[]): AsyncIterable<Info>;

  /** Removes from the disk what belongs to no snapshot any more. */
  cleanup(): Promise<void>;

  /** May be called twice. All other calls fail afterwards, with FailedPrecondition. */
  close(): Promise<void>;
}
