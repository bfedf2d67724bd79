/** Progress over the sources of all layers, as if they were one. */
import { toImageError } from "./errors.ts";
import type { Progress } from "./options.ts";
import { isPast } from "./turn.ts";

/** Shortest between two reports. Milliseconds. */
const REPORT = 100;

export class RootfsProgress {
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  readonly #totalBytes: number | undefined;
  /** Bytes of layers that are done. */
  #passed = 0;
  #reported = Number.NEGATIVE_INFINITY;

  /** @param layers  bytes of each, where they are known */
  constructor(
    layers: readonly { size(): number | undefined }[],
    onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.#onProgress = onProgress;
    if (onProgress) this.#totalBytes = sumOf(layers.map((layer) => layer.size()));
  }

  /** What the intake of a layer says. */
  readonly report = ({ bytesRead }: Progress): void => {
    const now = Date.now();
    if (!isPast(this.#reported, REPORT, now)) return;
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
