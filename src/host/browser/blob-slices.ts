/** The bytes of a Blob, slice by slice, from its start to its end. */
import { ErrorCode, ImageError } from "../errors.ts";
import { nameOf } from "./blob-access.ts";
import { SLICE } from "./fingerprint.ts";

export type Slice = Uint8Array<ArrayBuffer>;

/**
 * Slices that are under way while one is used. The browser fetches them from another process, each by a thread of its own: a file
 * of 172 MB takes 0.28 to 0.37 s by one stream in Chromium, 0.16 to 0.2 by three.
 */
const AHEAD = 2;

export class BlobSlices {
  readonly #name: string;
  readonly #ahead: number;
  /** Where the next slice begins that is asked for. */
  #at = 0;
  /** In the order of the Blob. */
  readonly #coming: Coming[] = [];
  /** Memory that may be filled again. */
  readonly #free: ArrayBuffer[] = [];
  #given: ArrayBuffer | undefined;

  /** @param ahead  slices that are fetched before they are asked for; 0 for who may skip them */
  constructor(
    private readonly blob: Blob,
    { ahead = AHEAD } = {},
  ) {
    this.#name = nameOf(blob, "source");
    this.#ahead = ahead;
  }

  /**
   * The next slice, of SLICE bytes or the last that there are, to be used until the one after is asked for. Empty: there is no
   * more.
   *
   * @throws ImageError  FailedPrecondition: what is behind the Blob is not what it was
   */
  async next(): Promise<Slice> {
    if (this.#given) this.#free.push(this.#given);
    this.#given = undefined;
    while (this.#coming.length <= this.#ahead && this.#at < this.blob.size) this.#ask();
    const coming = this.#coming.shift();
    if (coming === undefined) return new Uint8Array();
    const slice = await coming.slice.catch((error) => this.#fail(error));
    if (slice.length < coming.size) this.#fail();
    this.#given = slice.buffer;
    return slice;
  }

  /** Goes on behind the next `length` bytes, which are never fetched. For who has nothing fetched ahead. */
  skip(length: number): void {
    this.#at += length;
  }

  /** Has nothing more fetched. */
  stop(): void {
    for (const { stop } of this.#coming) stop();
  }

  #ask(): void {
    const part = this.blob.slice(this.#at, this.#at + SLICE);
    this.#at += SLICE;
    const coming = fetchInto(this.#free.pop() ?? new ArrayBuffer(SLICE), part);
    coming.slice.catch(() => {}); // it is thrown when it is this slice's turn
    this.#coming.push(coming);
  }

  #fail(error?: unknown): never {
    const words = "cannot be read any more: it was changed, moved or deleted since it was chosen";
    throw new ImageError(ErrorCode.FailedPrecondition, `${this.#name}: ${words}`, error);
  }
}

interface Coming {
  /** Bytes that there should be. */
  readonly size: number;
  readonly slice: Promise<Slice>;
  stop(): void;
}

/**
 * Readers that wait. Chromium 156 collects a stream that nobody but its own answer leads to, and who waits for that waits for
 * ever: one reading in one or two thousand.
 */
const waiting = new Set<ReadableStreamBYOBReader>();

/**
 * Into memory that was used before: what comes in new memory lies about by hundreds of megabytes until the browser lets go of it.
 * Where Blobs have no such streams, it comes so.
 */
function fetchInto(memory: ArrayBuffer, blob: Blob): Coming {
  const { size } = blob;
  let reader: ReadableStreamBYOBReader;
  try {
    reader = blob.stream().getReader({ mode: "byob" });
  } catch {
    return { size, slice: blob.arrayBuffer().then((bytes) => new Uint8Array(bytes)), stop() {} };
  }
  waiting.add(reader);
  const stop = () => {
    waiting.delete(reader);
    reader.cancel().catch(() => {}); // it has failed by itself
  };
  return { size, slice: fill(new Uint8Array(memory, 0, size), reader).finally(stop), stop };
}

/** @returns `slice`, in memory that is its own now; nothing if there are fewer bytes */
async function fill(slice: Slice, reader: ReadableStreamBYOBReader): Promise<Slice> {
  const { length } = slice;
  let filled = slice;
  for (let done = 0; done < length; ) {
    const room = filled.subarray(done);
    const { value } = await reader.read(room, { min: room.length });
    if (!value?.length) return new Uint8Array();
    done += value.length;
    filled = new Uint8Array(value.buffer, 0, length);
  }
  return filled;
}
