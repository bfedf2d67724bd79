/** What is known of a snapshot. The words are explained in snapshots/snapshotter.ts. */

export type Kind = "view" | "active" | "committed";

/** Since 1970, UTC. */
export type Nanoseconds = bigint;

/** Keys and values are any strings, `__proto__` too: hence a map. No value is empty. */
export type Labels = ReadonlyMap<string, string>;

export interface Info {
  /** Its key, or if committed its name. */
  readonly name: string;

  /** Name of the parent; "" at the base of a chain. */
  readonly parent: string;

  readonly kind: Kind;
  readonly labels: Labels;
  readonly created: Nanoseconds;
  readonly updated: Nanoseconds;
}

/** Of a snapshot alone, without its parents. */
export interface Usage {
  readonly inodes: number;

  /** Bytes on the disk. */
  readonly size: number;
}
