/** In what snapshotters differ. What they have in common is `StoredSnapshotter`, which calls a driver at the right time. */
import type { ErrorCode } from "../errors.ts";
import type { StoredSnapshot } from "../metadata/view.ts";
import type { Mount } from "../platform.ts";
import type { Info, Kind, Labels, Usage } from "./snapshotter.ts";

/** A snapshot that is asked for. */
export interface Request {
  readonly kind: Exclude<Kind, "committed">;
  readonly key: string;
  readonly parent: string;
  readonly labels: Labels;
}

/**
 * Life of a snapshot's directory
 *
 *     fill ─▶ [ adopt ─▶ mounts ] ─▶ … ─▶ seal ─▶ [ settle ] ─▶ committed ─▶ … ─▶ [ (unlock) ] ─▶ release ─▶ destroy ─▶ forget
 *
 * What stands in brackets happens within a transaction and must be quick: all other calls wait.
 */
export interface Driver {
  /** What every failure of a removal becomes. Default: each keeps its own class. */
  readonly removeFailsWith?: ErrorCode;

  /** Fills the new `directory` with all that needs no parent. If the snapshot is not made, the caller removes it. */
  fill(directory: string, request: Request): Promise<void>;

  /** Gives the new `directory` what it has of its parents. The snapshot's own id is not its name yet. */
  adopt?(directory: string, snapshot: StoredSnapshot, request: Request): Promise<void>;

  /** What somebody mounts to see an active snapshot or a view. Called whenever it is asked for. */
  mounts(snapshot: StoredSnapshot, info: Info): Promise<Mount[]>;

  /** Of an active snapshot, as it is now. */
  measure(id: string): Promise<Usage>;

  /** Of a committed one, where more belongs to it than was stored when it was committed. */
  committedUsage?(id: string, stored: Usage): Promise<Usage>;

  /**
   * Does what is slow in committing an active snapshot, which may yet stay active: the transaction may find its name taken.
   *
   * @returns what becomes its usage
   * @throws ImageError  Unsupported: it cannot be committed
   */
  seal?(id: string, key: string): Promise<Usage>;

  /** Makes valid what `seal` made. */
  settle?(id: string): Promise<void>;

  /** Called once a commit is durable: tidies up what only an active snapshot needs. A failure is a warning. */
  committed?(id: string): Promise<void>;

  /** Lets go of a directory that cannot be renamed, as it is in use. */
  unlock?(directory: string): Promise<void>;

  /** Called before a directory is deleted, whatever its name: unmounts what is mounted in it. */
  release?(directory: string): Promise<void>;

  /** Deletes a directory. Default: by the calls of files. */
  destroy?(directory: string): Promise<void>;

  /** Deletes what a removed snapshot has elsewhere. */
  forget?(id: string): Promise<void>;

  /** Within a transaction: calls for what has been left elsewhere by snapshots other than `ids`. */
  sweep?(ids: ReadonlySet<string>): Promise<void>;
}
