/** The index of a store, on idb-keyval: one database of ours, one entry a record. */
import { createStore, delMany, entries, set, setMany } from "idb-keyval";
import {
  type Contents,
  contentsOf,
  type ImageRecord,
  type InputRecord,
  imageKey,
  inputKey,
  seal,
  useKey,
} from "./records.ts";

export class IndexEntries {
  readonly #store: ReturnType<typeof createStore>;

  /** @param name  of the database */
  constructor(name: string) {
    this.#store = createStore(name, "index");
  }

  async read(): Promise<Contents> {
    return contentsOf(await entries(this.#store));
  }

  /** All or none of it. */
  async add(image: ImageRecord, inputs: readonly InputRecord[]): Promise<void> {
    const records: [string, ImageRecord | InputRecord][] = [
      [imageKey(image.id), image],
      ...inputs.map((input): [string, InputRecord] => [inputKey(input.fingerprint), input]),
    ];
    const sealed = records.map(async ([key, record]): Promise<[string, unknown]> => [key, await seal(key, record)]);
    await setMany(await Promise.all(sealed), this.#store);
  }

  async noteUse(id: string, time: number): Promise<void> {
    await set(useKey(id), time, this.#store);
  }

  async remove(keys: readonly unknown[]): Promise<void> {
    if (keys.length > 0) await delMany([...keys] as IDBValidKey[], this.#store);
  }
}
