/** The store of finished images: what was made once is given out at once. */
import type { ConvertResult } from "../../conversion.ts";
import type { DiskResult } from "../../disk-writing.ts";
import { ErrorCode, ImageError, toImageError } from "../../errors.ts";
import type { LayerDigests } from "../../layer-digests.ts";
import type { RootfsResult } from "../../merging.ts";
import type { WebLayer } from "../conversions.ts";
import type { WebSource } from "../web-source.ts";
import { type ImageKind, imageIdOf } from "./image-id.ts";
import {
  diskOrder,
  layerOrder,
  type Order,
  rootfsOrder,
  type StoreConvertOptions,
  type StoreDiskOptions,
  type StoreRootfsOptions,
} from "./orders.ts";
import { byLastUse, bytesOf, type ImageRecord, lastUseOf } from "./records.ts";
import type { Cleared, Held, Shelf } from "./shelf.ts";
import type { ReadSource } from "./sources.ts";

/** An image that the store gives out. */
export interface Stored<Result> {
  readonly id: string;

  /** It can be read until it is released, or the store is closed. */
  readonly file: File;

  /** The same, whether the image was made now or found. */
  readonly result: Result;

  /** Whether it was made now. */
  readonly isNew: boolean;

  /** Says that `file` is not needed any more. The image stays, until its room is needed or it is removed. */
  release(): Promise<void>;
}

/** An image of the store, as it is listed. */
export interface StoredImage {
  readonly id: string;

  /** Made by `convert`, `makeRootfs` or `convertDisk`, in this order. */
  readonly kind: ImageKind;

  readonly title: string;

  /** Bytes of its file. */
  readonly size: number;

  /** Milliseconds since 1970, as `used` is. */
  readonly made: number;

  /** When it was last given out. */
  readonly used: number;

  /** What was asked for, of what makes a difference to the image. */
  readonly options: object;

  readonly result: ConvertResult | RootfsResult | DiskResult;
}

export interface StoreUsage {
  /** Of all images. */
  readonly bytes: number;

  /** What they may have in all. Those in use are kept even so. */
  readonly maxBytes: number;

  /** Bytes that the browser lets this origin have, for whatever it keeps; where it says so. */
  readonly quota?: number;
}

/**
 * Finished images in the origin's own files (OPFS), for all of its tabs. An image is known by the diff ids of what it is made of,
 * its options, and the version of this package; a source that was converted before, by all of its bytes.
 *
 * Methods throw ImageError and nothing else, but for the reason of their signal. FailedPrecondition: the browser has no room left, or
 * the store is closed.
 */
export class ImageStore {
  readonly #shelf: Shelf;
  readonly #held = new Set<Held>();
  #isClosed = false;

  /** For `openStore`. */
  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** As `convert` into a file of the store; or the image that is there already of that layer, by those options. */
  convert(source: WebSource, options: StoreConvertOptions = {}): Promise<Stored<ConvertResult>> {
    return this.#run(options.signal, async (signal) => this.#deliver(await layerOrder(source, options, signal)));
  }

  /** As `makeRootfs`; or the image that is there already of those layers, by those options. */
  makeRootfs(layers: readonly WebLayer[], options: StoreRootfsOptions = {}): Promise<Stored<RootfsResult>> {
    return this.#run(options.signal, async (signal) => this.#deliver(await rootfsOrder(layers, options, signal)));
  }

  /** As `convertDisk`; or the image that is there already of a file of those bytes, by those options. */
  convertDisk(image: Blob | FileSystemFileHandle, options: StoreDiskOptions = {}): Promise<Stored<DiskResult>> {
    return this.#run(options.signal, async (signal) => this.#deliver(await diskOrder(image, options, signal)));
  }

  /** All images, those first that were used last. */
  list(): Promise<StoredImage[]> {
    return this.#run(undefined, async () => {
      const contents = await this.#shelf.contents();
      return byLastUse(contents)
        .reverse()
        .map((image) => {
          const { id, kind, title, size, made, options, result } = image;
          return { id, kind, title, size, made, used: lastUseOf(image, contents), options, result };
        });
    });
  }

  /** Gives out an image that was listed. @throws ImageError  NotFound */
  open(id: string): Promise<Stored<StoredImage["result"]>> {
    return this.#run(undefined, async () => {
      const held = await this.#shelf.take(id);
      if (held) return this.#give(held, held.image.result, false);
      throw new ImageError(ErrorCode.NotFound, `store: has no image ${id}`);
    });
  }

  /** @throws ImageError  NotFound; FailedPrecondition while it is given out, here or in another tab */
  remove(id: string): Promise<void> {
    return this.#run(undefined, () => this.#shelf.remove(id));
  }

  /** Removes all images but those that are given out or being made, here or in other tabs. */
  clear(): Promise<Cleared> {
    return this.#run(undefined, () => this.#shelf.clear());
  }

  usage(): Promise<StoreUsage> {
    return this.#run(undefined, async () => {
      const { quota } = await navigator.storage.estimate();
      const bytes = bytesOf(await this.#shelf.contents());
      return { bytes, maxBytes: this.#shelf.maxBytes, ...(quota !== undefined && { quota }) };
    });
  }

  /** Releases all that is given out. What is being made goes on; nothing more can be asked for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#held].map((held) => this.#release(held)));
  }

  /** @param work  is given a signal that is aborted when `signal` is, and when it has failed */
  async #run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const failed = new AbortController();
    try {
      signal?.throwIfAborted();
      if (this.#isClosed) throw new ImageError(ErrorCode.FailedPrecondition, "store: is closed");
      return await work(signal ? AbortSignal.any([signal, failed.signal]) : failed.signal);
    } catch (error) {
      failed.abort();
      if (signal?.aborted) throw signal.reason;
      throw toImageError("store", error);
    }
  }

  async #deliver<Result extends ImageRecord["result"]>(order: Order<Result>): Promise<Stored<Result>> {
    const { kind, title, options, settled, sources } = order;
    const idOf = (read: readonly ReadSource[]) =>
      imageIdOf({ kind, inputs: read.map(({ diffId }) => diffId), options: settled });

    const known = await this.#known(order);
    const found = known && (await this.#shelf.take(await idOf(known)));
    if (found) return this.#give(found, order.resultFor(found.image.result as Result, known), false);

    const { held, result } = await this.#shelf.make(async (target) => {
      const result = await order.make(target);
      const read = await order.sourcesOf(result);
      const inputs = await Promise.all(read.map((each, index) => sources[index]!.record(each)));
      const image = { id: await idOf(read), kind, inputs: read.map(({ diffId }) => diffId), options, title, result };
      return { image, inputs: inputs.flat(), result };
    });
    return this.#give(held, result, true);
  }

  /** What is known of all sources; nothing unless it is of all, and as the order says. Then they are read, and compared by who reads. */
  async #known<Result>({ sources, claims }: Order<Result>): Promise<ReadSource[] | undefined> {
    const contents = await this.#shelf.contents();
    if (!sources.every((source) => source.mayBeKnown(contents))) return undefined;
    const known: ReadSource[] = [];
    for (const [index, source] of sources.entries()) {
      const read = await source.known(contents);
      if (read === undefined || !agrees(read, claims[index])) return undefined;
      known.push(read);
    }
    return known;
  }

  #give<Result>(held: Held, result: Result, isNew: boolean): Stored<Result> {
    this.#held.add(held);
    return { id: held.image.id, file: held.file, result, isNew, release: () => this.#release(held) };
  }

  async #release(held: Held): Promise<void> {
    if (!this.#held.delete(held)) return;
    await held.release();
    await this.#shelf.makeRoom().catch(() => {}); // the next who adds something does it too
  }
}

function agrees({ digest, diffId }: ReadSource, claim: LayerDigests | undefined): boolean {
  return (
    (claim?.digest === undefined || claim.digest === digest) && (claim?.diffId === undefined || claim.diffId === diffId)
  );
}
