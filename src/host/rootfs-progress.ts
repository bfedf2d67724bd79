/** Progress over the sources of all layers, as if they were one. */
import { toImageError } from "./errors.ts";
import type { Progress } from "./options.ts";
import type { Source } from "./source.ts";
import { sizeOf } from "./source-size.ts";

/** Shortest between two reports. Milliseconds. */
const REPORT = 100;

export class RootfsProgress {
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  readonly #totalBytes: number | undefined;
  /** Bytes of layers that are done. */
  #passed = 0;
  #reported = Number.NEGATIVE_INFINITY;

  constructor(layers: readonly { readonly source: Source }[], onProgress: ((progress: Progress) => void) | undefined) {
    this.#onProgress = onProgress;
    if (onProgress) this.#totalBytes = sumOf(layers.map(({ source }) => sizeOf(source)));
  }

  /** What the intake of a layer says. */
  readonly report = ({ bytesRead }: Progress): void => {
    const now = process.uptime() * 1000;
    if (now - this.#reported < REPORT) return;
    this.#reported = now;
    this.#say(this.#passed + bytesRead);
  };

  /** A layer of `size` bytes is done. */
  pass(size: number): void {
    this.#passed += size;
  }

  finish(): void {
    try {
      this.#say(this.#passed);
    } catch (error) {
      throw toImageError("onProgress", error);
    }
  }

  #say(bytesRead: number): void {
    this.#onProgress?.({ bytesRead, ...(this.#totalBytes !== undefined && { totalBytes: this.#totalBytes }) });
  }
}

function sumOf(sizes: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const size of sizes) {
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}
