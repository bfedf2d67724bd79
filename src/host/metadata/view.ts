/** What can be asked of the store, as it was at one moment. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { State } from "./database.ts";
import { type Filter, parseFilters } from "./filter.ts";
import type { Info, Kind, Usage } from "./info.ts";
import { ALL_SNAPSHOTS, MAX_NAME_LENGTH, snapshotKey } from "./layout.ts";
import { decodeSnapshot, type Snapshot } from "./record.ts";

/** What a snapshotter needs to make mounts. Ids are decimal numbers. */
export interface StoredSnapshot {
  readonly kind: Kind;
  readonly id: string;

  /** The parent's first, that of the base last. */
  readonly parentIds: readonly string[];
}

export interface Details {
  readonly id: string;
  readonly info: Info;

  /** Of committed snapshots; zeros of others, which the store does not measure. */
  readonly usage: Usage;
}

export class View {
  constructor(protected readonly state: State) {}

  /** @throws ImageError  NotFound; Corrupt */
  info(name: string): Details {
    const snapshot = this.require(name);
    return { id: String(snapshot.id), info: infoOf(snapshot), usage: snapshot.usage ?? { inodes: 0, size: 0 } };
  }

  /** @throws ImageError  NotFound; FailedPrecondition: it is committed; Corrupt */
  snapshot(key: string): StoredSnapshot {
    const { kind, id, parent } = this.require(key);
    if (kind === "committed")
      throw new ImageError(ErrorCode.FailedPrecondition, `snapshot ${quote(key)}: is committed, not active or a view`);
    return { kind, id: String(id), parentIds: this.chain(parent) };
  }

  /**
   * In the order of their names' bytes.
   *
   * @throws ImageError  InvalidArgument: a filter cannot be read, and then at once; Corrupt
   */
  walk(filters: readonly string[] = []): Iterable<Info> {
    return matching(this.state.range(ALL_SNAPSHOTS), parseFilters(filters));
  }

  /** The names of all snapshots, by id. */
  ids(): Map<string, string> {
    const names = new Map<string, string>();
    for (const [key, value] of this.state.range(ALL_SNAPSHOTS)) {
      const { id, name } = decodeSnapshot(key, value);
      names.set(String(id), name);
    }
    return names;
  }

  protected find(name: string): Snapshot | undefined {
    const bytes = nameBytes(name);
    if (bytes === undefined) return undefined; // nobody can have made it
    const key = snapshotKey(bytes);
    const value = this.state.get(key);
    return value && decodeSnapshot(key, value);
  }

  protected require(name: string): Snapshot {
    const found = this.find(name);
    if (found === undefined) throw new ImageError(ErrorCode.NotFound, `snapshot ${quote(name)}: does not exist`);
    return found;
  }

  /** Ids from `parent` down to the base. */
  protected chain(parent: string): string[] {
    const ids = new Set<string>();
    for (let name = parent; name !== ""; ) {
      const { id, parent } = this.require(name);
      if (ids.has(String(id)))
        throw new ImageError(ErrorCode.Corrupt, `metadata: the chain of ${quote(name)} comes back to it`);
      ids.add(String(id));
      name = parent;
    }
    return [...ids];
  }
}

export function* matching(entries: Iterable<readonly [Buffer, Buffer]>, filter: Filter): Generator<Info, void> {
  for (const [key, value] of entries) {
    const info = infoOf(decodeSnapshot(key, value));
    if (filter(info)) yield info;
  }
}

/** @returns undefined where it cannot be a name: empty, too long, or no text */
export function nameBytes(name: string): Buffer | undefined {
  const bytes = Buffer.from(name);
  return bytes.length > 0 && bytes.length <= MAX_NAME_LENGTH && bytes.toString() === name ? bytes : undefined;
}

export function infoOf({ name, parent, kind, labels, created, updated }: Snapshot): Info {
  return { name, parent, kind, labels, created, updated };
}

export function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
