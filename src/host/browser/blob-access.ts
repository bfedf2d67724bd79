/** A Blob that is read from anywhere, at once, as only a worker can. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { RandomAccess } from "../random-access.ts";

// Of workers alone, and so not among the types of a page.
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** A call for 4 KiB costs as much as one for 256. */
const PAGE = 256 * 1024;
/** Kept are those that were read last: 16 MiB. */
const MOST_PAGES = 64;

class BlobAccess implements RandomAccess {
  readonly size: number;
  readonly #blob: Blob;
  readonly #name: string;
  readonly #reader = new FileReaderSync();
  /** By their numbers, what was read last at the end. */
  readonly #pages = new Map<number, Uint8Array>();

  constructor(blob: Blob, name: string) {
    this.#blob = blob;
    this.#name = name;
    this.size = blob.size;
  }

  read(at: number, into: Uint8Array): void {
    const end = at + into.length;
    if (end > this.size) throw new RangeError(`${this.#name}: has ${this.size} bytes, and is read up to ${end}`);
    if (into.length >= PAGE) {
      into.set(this.#fetch(at, into.length));
      return;
    }
    for (let done = 0; done < into.length; ) {
      const from = (at + done) % PAGE;
      const page = this.#page((at + done - from) / PAGE);
      const piece = page.subarray(from, from + into.length - done);
      into.set(piece, done);
      done += piece.length;
    }
  }

  #page(number: number): Uint8Array {
    const page = this.#pages.get(number) ?? this.#fetch(number * PAGE, Math.min(PAGE, this.size - number * PAGE));
    this.#pages.delete(number);
    this.#pages.set(number, page);
    if (this.#pages.size > MOST_PAGES) this.#pages.delete(this.#pages.keys().next().value!);
    return page;
  }

  #fetch(at: number, length: number): Uint8Array {
    try {
      return new Uint8Array(this.#reader.readAsArrayBuffer(this.#blob.slice(at, at + length)));
    } catch (error) {
      const words = "cannot be read any more: it was changed, moved or deleted since it was chosen";
      throw new ImageError(ErrorCode.FailedPrecondition, `${this.#name}: ${words}`, error);
    }
  }

  close(): void {
    this.#pages.clear();
  }
}

/** @param name  what messages call it, if it is no File */
export function openBlob(blob: Blob, name = "image"): RandomAccess {
  return new BlobAccess(blob, nameOf(blob, name));
}

export function nameOf(blob: Blob, name = "image"): string {
  return blob instanceof File && blob.name !== "" ? blob.name : name;
}
