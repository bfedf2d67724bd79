/** A state with changes over it that are not written yet. */
import type { Entry, State } from "./database.ts";
import type { KeyRange } from "./layout.ts";

export class PendingState implements State {
  readonly changes = new Map<string, Buffer | undefined>();

  constructor(private readonly base: State) {}

  get(key: Buffer): Buffer | undefined {
    const text = key.toString("latin1");
    return this.changes.has(text) ? this.changes.get(text) : this.base.get(key);
  }

  put(key: Buffer, value: Buffer): void {
    this.changes.set(key.toString("latin1"), value);
  }

  remove(key: Buffer): void {
    this.changes.set(key.toString("latin1"), undefined);
  }

  *range(range: KeyRange): Iterable<Entry> {
    const changed = this.#changedIn(range);
    for (const entry of this.base.range(range)) {
      const key = entry[0].toString("latin1");
      while (changed.length > 0 && changed[0]! < key) yield* this.#valueOf(changed.shift()!);
      if (changed[0] === key) yield* this.#valueOf(changed.shift()!);
      else yield entry;
    }
    for (const key of changed) yield* this.#valueOf(key);
  }

  #changedIn({ start, end }: KeyRange): string[] {
    const [from, to] = [start.toString("latin1"), end.toString("latin1")];
    return [...this.changes.keys()].filter((key) => key >= from && key < to).sort();
  }

  *#valueOf(key: string): Iterable<Entry> {
    const value = this.changes.get(key);
    if (value !== undefined) yield [Buffer.from(key, "latin1"), value];
  }
}
