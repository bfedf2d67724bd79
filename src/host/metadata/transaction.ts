/**
 * Changes to the store. Each sees those made before it in the same transaction; all of them take effect together.
 *
 * What is checked, and in which order, is containerd's: core/snapshots/storage/bolt.go.
 */

import type { Clock } from "../clock.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Info, Kind, Labels, Usage } from "./info.ts";
import { keptLabels, updatedLabels } from "./labels.ts";
import { childKey, childrenOf, MAX_NAME_LENGTH, SEQUENCE_KEY, snapshotKey } from "./layout.ts";
import type { PendingState } from "./pending.ts";
import { encodeSnapshot, isId, type Snapshot, seal, unseal } from "./record.ts";
import { infoOf, nameBytes, quote, type StoredSnapshot, View } from "./view.ts";

export interface CreateOptions {
  readonly labels?: Labels | undefined;
}

export interface CommitActiveOptions {
  /** All that the committed snapshot has: those of the active one are not inherited. */
  readonly labels?: Labels | undefined;

  /** The parent, of a snapshot that was made without one; else the one that it has. */
  readonly parent?: string | undefined;
}

export class Transaction extends View {
  constructor(
    private readonly pending: PendingState,
    private readonly clock: Clock,
  ) {
    super(pending);
  }

  /**
   * Makes a snapshot, under an id that no other has.
   *
   * @param parent  "" for none
   * @throws ImageError  InvalidArgument: a kind that cannot be made so, no key, or `parent` is not committed; NotFound: there
   *                     is no `parent`; AlreadyExists: `key` is taken
   */
  create(kind: Kind, key: string, parent: string, options: CreateOptions = {}): StoredSnapshot {
    if (kind !== "active" && kind !== "view") {
      const what = `snapshot ${quote(key)}: cannot be made ${kind}, only active or a view`;
      throw new ImageError(ErrorCode.InvalidArgument, what);
    }
    assertName(key, "key");
    const labels = keptLabels(options.labels);
    if (parent !== "") this.#parentOf(key, parent, ErrorCode.InvalidArgument);
    this.#assertFree(key);
    const parentIds = this.chain(parent);
    const id = this.#nextId();
    const now = this.clock();
    this.#put({ id, name: key, kind, parent, labels, created: now, updated: now, usage: undefined });
    return { kind, id: String(id), parentIds };
  }

  /**
   * Makes a committed snapshot `name` of the active one `key`, which is no more. It keeps its id.
   *
   * @throws ImageError  AlreadyExists: `name` is taken; NotFound: there is no `key` or no `options.parent`;
   *                     FailedPrecondition: `key` is not active, or `options.parent` not committed; InvalidArgument: it has
   *                     another parent, or no name
   */
  commitActive(key: string, name: string, usage: Usage, options: CommitActiveOptions = {}): StoredSnapshot {
    assertName(name, "name");
    this.#assertFree(name);
    const active = this.require(key);
    if (active.kind !== "active") {
      const what = `snapshot ${quote(key)}: is ${articled(active.kind)}, not active`;
      throw new ImageError(ErrorCode.FailedPrecondition, what);
    }
    const labels = keptLabels(options.labels);
    const parent = this.#parentAtCommit(active, options.parent);
    const parentIds = this.chain(parent);
    const now = this.clock();
    this.#delete(active);
    this.#put({ ...active, name, kind: "committed", parent, labels, created: now, updated: now, usage });
    return { kind: "committed", id: String(active.id), parentIds };
  }

  /** @throws ImageError  NotFound; FailedPrecondition: it is the parent of another */
  remove(key: string): { id: string; kind: Kind } {
    const snapshot = this.require(key);
    for (const [, child] of this.pending.range(childrenOf(snapshot.id))) {
      const what = `snapshot ${quote(key)}: cannot remove snapshot with child ${quote(child.toString())}`;
      throw new ImageError(ErrorCode.FailedPrecondition, what);
    }
    this.#delete(snapshot);
    return { id: String(snapshot.id), kind: snapshot.kind };
  }

  /**
   * Changes the labels of `given.name`, and when it was updated.
   *
   * @param fieldPaths  as in `updatedLabels`
   * @throws ImageError  NotFound; InvalidArgument: another field, and then nothing is changed
   */
  update(given: Pick<Info, "name" | "labels">, fieldPaths: readonly string[] = []): Info {
    const current = this.require(given.name);
    const labels = updatedLabels(current.labels, given, fieldPaths);
    const updated: Snapshot = { ...current, labels, updated: this.clock() };
    this.#put(updated);
    return infoOf(updated);
  }

  /** The parent that a snapshot gets when it is committed: "" for none. */
  #parentAtCommit({ name, parent }: Snapshot, wanted = ""): string {
    if (wanted === "") return parent;
    if (parent !== "" && parent !== wanted) {
      const what = `snapshot ${quote(name)}: has parent ${quote(parent)}, not ${quote(wanted)}`;
      throw new ImageError(ErrorCode.InvalidArgument, what);
    }
    this.#parentOf(name, wanted, ErrorCode.FailedPrecondition);
    return wanted;
  }

  /** @param otherwise  what it is called if the parent is not committed: containerd has two words for it */
  #parentOf(name: string, parent: string, otherwise: ErrorCode): Snapshot {
    const found = this.find(parent);
    if (found === undefined)
      throw new ImageError(ErrorCode.NotFound, `snapshot ${quote(name)}: its parent ${quote(parent)} does not exist`);
    if (found.kind === "committed") return found;
    const what = `snapshot ${quote(name)}: its parent ${quote(parent)} is ${articled(found.kind)}, not committed`;
    throw new ImageError(otherwise, what);
  }

  #assertFree(name: string): void {
    if (this.find(name) !== undefined)
      throw new ImageError(ErrorCode.AlreadyExists, `snapshot ${quote(name)}: exists already`);
  }

  #put(snapshot: Snapshot): void {
    const name = nameBytes(snapshot.name)!;
    const key = snapshotKey(name);
    this.pending.put(key, encodeSnapshot(key, snapshot));
    if (snapshot.parent !== "") this.pending.put(this.#linkOf(snapshot), name);
  }

  #delete(snapshot: Snapshot): void {
    this.pending.remove(snapshotKey(nameBytes(snapshot.name)!));
    if (snapshot.parent !== "") this.pending.remove(this.#linkOf(snapshot));
  }

  #linkOf({ id, parent }: Snapshot): Buffer {
    return childKey(this.require(parent).id, id);
  }

  #nextId(): number {
    const stored = this.pending.get(SEQUENCE_KEY);
    const last = stored === undefined ? 0 : unseal(SEQUENCE_KEY, stored);
    if (last !== 0 && !isId(last)) throw new ImageError(ErrorCode.Corrupt, `metadata: the last id is ${last}`);
    this.pending.put(SEQUENCE_KEY, seal(SEQUENCE_KEY, last + 1));
    return last + 1;
  }
}

function articled(kind: Kind): string {
  return kind === "view" ? "a view" : kind;
}

function assertName(name: string, word: string): void {
  if (nameBytes(name) !== undefined) return;
  const size = Buffer.byteLength(name);
  const why =
    size === 0 ? "is empty" : size > MAX_NAME_LENGTH ? `has ${size} bytes of at most ${MAX_NAME_LENGTH}` : "is no text";
  throw new ImageError(ErrorCode.InvalidArgument, `snapshot ${quote(name)}: its ${word} ${why}`);
}
