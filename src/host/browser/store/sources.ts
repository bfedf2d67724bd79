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

  /** Is told its fingerprint by who has read it whole. */
  learn(fingerprint: string): void;

  /** Whether there is any use in asking `known`, which takes its time. */
  mayBeKnown(contents: Contents): boolean;

  /** What is known of a source of the same bytes. */
  known(contents: Contents): Promise<ReadSource | undefined>;

  /** What is to be remembered of it, once it was read. */
  record(read: ReadSource): Promise<InputRecord[]>;
}

/** A source that is held fast: a Blob never changes, where bytes and files may. A stream stays one, and is never known. */
async function holdFast(source: WebSource): Promise<Blob | ReadableStream<Uint8Array>> {
  if (source instanceof Uint8Array) return new Blob([source as Uint8Array<ArrayBuffer>]);
  if (source instanceof FileSystemFileHandle) return source.getFile();
  return source;
}

/** A layer, compressed or not. @param signal  ends what takes its time */
export async function storedSource(from: WebSource, signal: AbortSignal): Promise<StoredSource> {
  const source = await holdFast(from);
  return source instanceof Blob ? new StoredLayer(source, signal) : storedStream(source);
}

/** What is taken byte for byte, and has no diff id. */
export async function storedBytes(from: WebSource, signal: AbortSignal): Promise<StoredSource> {
  const source = await holdFast(from);
  return source instanceof Blob ? new StoredBytes(source, signal) : storedStream(source);
}

function storedStream(source: ReadableStream<Uint8Array>): StoredSource {
  return { source, learn() {}, mayBeKnown: () => false, known: async () => undefined, record: async () => [] };
}

abstract class StoredBlob {
  #fingerprint: Promise<string> | undefined;

  constructor(
    readonly source: Blob,
    private readonly signal: AbortSignal,
  ) {}

  learn(fingerprint: string): void {
    this.#fingerprint ??= Promise.resolve(fingerprint);
  }

  /** @throws ImageError  FailedPrecondition if the file behind it has changed or gone */
  protected fingerprint(): Promise<string> {
    this.#fingerprint ??= callWorker("fingerprint", this.source, { signal: this.signal });
    return this.#fingerprint;
  }
}

/** Known by its fingerprint, and only if it is as long as one that was converted, for else there is no use in reading it. */
class StoredLayer extends StoredBlob implements StoredSource {
  mayBeKnown({ inputs }: Contents): boolean {
    return [...inputs.values()].some(({ size }) => size === this.source.size);
  }

  async known({ inputs }: Contents): Promise<ReadSource | undefined> {
    const fingerprint = await this.#fingerprintOrNone();
    const known = fingerprint === undefined ? undefined : inputs.get(fingerprint);
    return known?.size === this.source.size ? known : undefined;
  }

  async record({ digest, diffId, size, diffSize, compression }: ReadSource): Promise<InputRecord[]> {
    const fingerprint = await this.#fingerprintOrNone();
    if (digest === undefined || fingerprint === undefined) return [];
    return [{ fingerprint, size, digest, diffId, diffSize, compression }];
  }

  /** A source that cannot be read is not known; who converts it says so better. */
  #fingerprintOrNone(): Promise<string | undefined> {
    return this.fingerprint().catch(() => undefined);
  }
}

/** Known by its fingerprint alone, which stands for a diff id: nothing has to be found out about it. */
export class StoredBytes extends StoredBlob implements StoredSource {
  mayBeKnown(): boolean {
    return true;
  }

  async known(): Promise<ReadSource> {
    const { size } = this.source;
    return { diffId: `fingerprint:${await this.fingerprint()}`, size, diffSize: size, compression: "none" };
  }

  async record(): Promise<InputRecord[]> {
    return [];
  }
}
