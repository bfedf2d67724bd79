/** The bytes of a Blob, slice by slice, from its start to its end. */
import { ErrorCode, ImageError } from "../errors.ts";
import { nameOf } from "./blob-access.ts";
import { SLICE } from "./fingerprint.ts";

type Slice = Uint8Array<ArrayBuffer>;

/** One way to get at them. */
interface Reading {
  /** @param used  memory that may be filled again @returns SLICE bytes, or the last that there are; none at the end */
  next(used: ArrayBuffer): Promise<Slice>;
  stop(): void;
}

/** One slice is under way while the one before is used: the browser fetches them from another process. */
export class BlobSlices {
  readonly #name: string;
  readonly #reading: Reading;
  #coming: Promise<Slice>;
  #given: ArrayBuffer;
  #read = 0;

  constructor(private readonly blob: Blob) {
    this.#name = nameOf(blob, "source");
    this.#reading = readInto(blob) ?? readNew(blob);
    this.#given = new ArrayBuffer(SLICE);
    this.#coming = this.#ask(new ArrayBuffer(SLICE));
  }

  /**
   * The next slice, to be used until the one after is asked for. Empty: there is no more.
   *
   * @throws ImageError  FailedPrecondition: what is behind the Blob is not what it was
   */
  async next(): Promise<Slice> {
    const slice = await this.#coming.catch((error) => this.#fail(error));
    this.#read += slice.length;
    if (slice.length === 0 && this.#read < this.blob.size) this.#fail();
    this.#coming = this.#ask(this.#given);
    this.#given = slice.buffer;
    return slice;
  }

  stop(): void {
    this.#reading.stop();
  }

  #ask(used: ArrayBuffer): Promise<Slice> {
    const coming = this.#reading.next(used);
    coming.catch(() => {}); // it is thrown when it is this slice's turn
    return coming;
  }

  #fail(error?: unknown): never {
    const words = "cannot be read any more: it was changed, moved or deleted since it was chosen";
    throw new ImageError(ErrorCode.FailedPrecondition, `${this.#name}: ${words}`, error);
  }
}

/**
 * Into the same memory again and again: at 750 MB/s in Chromium, where slices of new memory came at 470, and it lay about by
 * hundreds of megabytes until the browser let go of it.
 *
 * @returns undefined where Blobs have no such streams
 */
function readInto(blob: Blob): Reading | undefined {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = blob.stream().getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
  return {
    async next(used) {
      let slice: Slice = new Uint8Array(used, 0, 0);
      for (let isOver = false; slice.length < SLICE && !isOver; ) {
        const room = new Uint8Array(slice.buffer, slice.length, SLICE - slice.length);
        const { value, done } = await reader.read(room, { min: room.length });
        slice = value ? new Uint8Array(value.buffer, 0, slice.length + value.length) : new Uint8Array();
        isOver = done;
      }
      return slice;
    },
    stop() {
      reader.cancel().catch(() => {}); // it has failed by itself
    },
  };
}

function readNew(blob: Blob): Reading {
  let at = 0;
  return {
    async next() {
      const slice = blob.slice(at, at + SLICE);
      at += SLICE;
      return new Uint8Array(await slice.arrayBuffer());
    },
    stop() {},
  };
}
