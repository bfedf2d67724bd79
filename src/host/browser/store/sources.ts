/** What images of the store are made of, and how it is known again. */
import type { MergedLayer } from "../../merging.ts";
import type { WebSource } from "../web-source.ts";
import { callWorker } from "../workers.ts";
import type { Contents, InputRecord } from "./records.ts";

/** What was found out about a source when it was read whole. */
export type ReadSource = MergedLayer & { readonly diffId: string };

/** A source on its way through the store. */
export interface StoredSource {
  readonly source: WebSource;

  /** Begins what takes its time, so that it goes on beside a conversion. */
  begin(): void;

  /** Whether there is any use in asking `known`, which takes its time. */
  mayBeKnown(contents: Contents): boolean;

  /** What is known of a source of the same bytes. */
  known(contents: Contents): Promise<ReadSource | undefined>;

  /** What is to be remembered of it, once it was read. */
  record(read: ReadSource): Promise<InputRecord[]>;
}

/** A source that is held fast: a Blob never changes, where bytes and files may. A stream stays one, and is never known. */
export async function holdFast(source: WebSource): Promise<Blob | ReadableStream<Uint8Array>> {
  if (source instanceof Uint8Array) return new Blob([source as Uint8Array<ArrayBuffer>]);
  if (source instanceof FileSystemFileHandle) return source.getFile();
  return source;
}

/** @param signal  ends what takes its time */
export async function storedSource(from: WebSource, signal: AbortSignal): Promise<StoredSource> {
  const source = await holdFast(from);
  if (source instanceof Blob) return new StoredBlob(source, signal);
  return { source, begin() {}, mayBeKnown: () => false, known: async () => undefined, record: async () => [] };
}

/** Known by its fingerprint, and only if it is as long as one that was converted, for else there is no use in reading it. */
class StoredBlob implements StoredSource {
  #fingerprint: Promise<string> | undefined;

  constructor(
    readonly source: Blob,
    private readonly signal: AbortSignal,
  ) {}

  begin(): void {
    this.fingerprint().catch(() => {}); // who asks for it hears of it
  }

  mayBeKnown({ inputs }: Contents): boolean {
    return [...inputs.values()].some(({ size }) => size === this.source.size);
  }

  async known({ inputs }: Contents): Promise<ReadSource | undefined> {
    return inputs.get(await this.fingerprint());
  }

  async record({ digest, diffId, size, diffSize, compression }: ReadSource): Promise<InputRecord[]> {
    if (digest === undefined) return [];
    return [{ fingerprint: await this.fingerprint(), size, digest, diffId, diffSize, compression }];
  }

  fingerprint(): Promise<string> {
    this.#fingerprint ??= callWorker("fingerprint", this.source, { signal: this.signal });
    return this.#fingerprint;
  }
}

/** A disk is known by its fingerprint alone: nothing computes its digest when it is read. */
export class StoredDisk extends StoredBlob {
  override mayBeKnown(): boolean {
    return true;
  }

  override async known(): Promise<ReadSource> {
    const { size } = this.source;
    return { diffId: `fingerprint:${await this.fingerprint()}`, size, diffSize: size, compression: "none" };
  }

  override async record(): Promise<InputRecord[]> {
    return [];
  }
}
