/** An image on its way into a Blob. What it is made of is the browser's from early on, which puts much of it on disk. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { ImageSink } from "../image-sink.ts";

/** Bytes that are given to the browser at a time, whatever their places. */
const PAGE = 4 * 1024 ** 2;
/** One Blob of zeros stands wherever there are some. */
const ZEROS = 16 * 1024 ** 2;

/** Bytes of the image that follow one another, and stand together on a page too. */
interface Run {
  /** Byte of the image. */
  readonly at: number;
  readonly page: number;
  /** Byte of the page. */
  readonly from: number;
  length: number;
}

export class BlobSink implements ImageSink {
  readonly #pages: Blob[] = [];
  readonly #runs: Run[] = [];
  readonly #page = new Uint8Array(PAGE);
  #filled = 0;
  #blob: Blob | undefined;

  /** After `commit`. */
  get blob(): Blob {
    return this.#blob!;
  }

  write(at: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const piece = bytes.subarray(done, done + PAGE - this.#filled);
      this.#note(at + done, piece.length);
      this.#page.set(piece, this.#filled);
      this.#filled += piece.length;
      done += piece.length;
      if (this.#filled === PAGE) this.#endPage();
    }
  }

  commit(size: number): void {
    this.#endPage();
    this.#blob = new Blob(partsOf(this.#runs, this.#pages, size), { type: "application/octet-stream" });
    if (this.#blob.size !== size) {
      throw new ImageError(
        ErrorCode.Internal,
        `image: has ${this.#blob.size} bytes in pieces, and should have ${size}`,
      );
    }
  }

  #note(at: number, length: number): void {
    const last = this.#runs.at(-1);
    if (last?.page === this.#pages.length && last.at + last.length === at) last.length += length;
    else this.#runs.push({ at, page: this.#pages.length, from: this.#filled, length });
  }

  #endPage(): void {
    if (this.#filled === 0) return;
    this.#pages.push(new Blob([this.#page.subarray(0, this.#filled)]));
    this.#filled = 0;
  }
}

/** The runs in the order of the image, and zeros between them. */
function partsOf(runs: readonly Run[], pages: readonly Blob[], size: number): Blob[] {
  const parts: Blob[] = [];
  let zeros: Blob | undefined;
  let at = 0;
  const fill = (to: number): void => {
    while (at < to) {
      zeros ??= new Blob([new Uint8Array(ZEROS)]);
      const length = Math.min(to - at, ZEROS);
      parts.push(zeros.slice(0, length));
      at += length;
    }
  };
  for (const run of [...runs].sort((a, b) => a.at - b.at)) {
    fill(run.at);
    parts.push(pages[run.page]!.slice(run.from, run.from + run.length));
    at += run.length;
  }
  fill(size);
  return parts;
}
