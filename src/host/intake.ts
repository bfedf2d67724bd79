/** Reads a source for one conversion: counts and hashes it, reports progress, heeds the signal, lets others have their turn. */
import { toImageError } from "./errors.ts";
import type { Input, SeekableFile } from "./input.ts";
import type { Progress } from "./options.ts";
import type { Paced, PacedHash } from "./paced.ts";
import { isPast, nextTurn } from "./turn.ts";

/** Longest that we keep the event loop to ourselves, and shortest between two reports. Milliseconds. */
const TURN = 20;
const REPORT = 100;

export class Intake {
  /** Bytes read so far. */
  size = 0;

  #ended = false;
  #turned = Date.now();
  #reported = 0;
  #interrupt: ((reason: unknown) => void) | undefined;

  constructor(
    private readonly input: Input,
    private readonly hash: { update(bytes: Uint8Array): unknown } | undefined,
    private readonly signal: AbortSignal | undefined,
    private readonly onProgress: ((progress: Progress) => void) | undefined,
    private readonly paced: readonly PacedHash[] = [],
  ) {
    signal?.addEventListener("abort", this.#abort);
  }

  /** Fills `into` as far as the source reaches. @returns bytes; 0 at the end */
  async fill(into: Uint8Array): Promise<number> {
    let length = 0;
    while (length < into.length && !this.#ended) {
      await this.pause();
      const read = this.input.read(into.subarray(length));
      const got = typeof read === "number" ? read : await this.#unlessAborted(read);
      this.#ended = got === 0;
      length += got;
      this.size += got;
    }
    if (length > 0) this.hash?.update(into.subarray(0, length));
    return length;
  }

  /** Counts bytes that were fetched without being read, and gives the event loop its turn. */
  async pass(length: number): Promise<void> {
    this.size += length;
    await this.pause();
  }

  /** Goes on behind the next bytes, where the source can: at most `length`, and not past its end. @returns how many */
  skip(length: number): number {
    const { totalBytes, skip } = this.input;
    if (totalBytes === undefined || skip === undefined) return 0;
    const skipped = Math.min(length, totalBytes - this.size);
    skip.call(this.input, skipped);
    return skipped;
  }

  /** Where the source can be read from anywhere. */
  get file(): SeekableFile | undefined {
    return this.input.file;
  }

  /** Bytes that the source has, where that is known. */
  get totalBytes(): number | undefined {
    return this.input.totalBytes;
  }

  /** What the source holds is read; says so once more. */
  report(): void {
    try {
      this.onProgress?.({ bytesRead: this.size, ...(this.input.totalBytes && { totalBytes: this.input.totalBytes }) });
    } catch (error) {
      throw toImageError("onProgress", error);
    }
  }

  throwIfAborted(): void {
    this.signal?.throwIfAborted();
  }

  async close(): Promise<void> {
    this.signal?.removeEventListener("abort", this.#abort);
    for (const each of this.paced) each.releaseThread?.();
    await this.input.close();
  }

  /** Waits for who is behind, and gives the event loop its turn, when it is time for it. */
  async pause(): Promise<void> {
    for (const each of this.paced) {
      const ready = each.ready?.();
      if (ready) await this.#unlessAborted(ready);
    }
    const now = Date.now();
    if (!isPast(this.#turned, TURN, now)) return;
    if (isPast(this.#reported, REPORT, now)) {
      this.#reported = now;
      this.report();
    }
    await nextTurn();
    this.#turned = Date.now();
    this.throwIfAborted();
  }

  /** A source may keep us waiting for ever; the signal ends that. */
  #unlessAborted<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      work.then(resolve, reject);
      if (this.signal?.aborted) this.#abort(); // while the source was opened, before we listened
    });
  }

  #abort = (): void => this.#interrupt?.(this.signal?.reason);
}

/** For work that reads by position: it calls `pass` for turns, reports and the signal. */
export function intakeByPosition(
  totalBytes: number,
  signal: AbortSignal | undefined,
  onProgress: ((progress: Progress) => void) | undefined,
  paced: readonly Paced[] = [],
): Intake {
  return new Intake({ totalBytes, read: () => 0, close: async () => {} }, undefined, signal, onProgress, paced);
}
