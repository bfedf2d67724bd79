/** SHA-256 of a stream, by a thread where there is one: hashing takes as long as all else does. */
import type { Hash } from "../hashing.ts";
import { hexOf } from "../hex.ts";
import type { Bytes, HashThread } from "./hash-thread.ts";
import { giveBack, startThread, takeThread } from "./hash-threads.ts";
import { Sha256 } from "./sha256.ts";

/** Bytes that are hashed at a time. */
const CHUNK = 1024 ** 2;
/** Chunks that wait for a thread, or are on their way through it: who converts goes on for 20 ms before it hears of others. */
const MOST = 6;

export class ThreadedHash implements Hash {
  /** Filled as far as `#filled`. */
  #chunk: Bytes = new Uint8Array();
  #filled = 0;
  /** Those that are full. */
  readonly #waiting: Bytes[] = [];
  readonly #free: ArrayBuffer[] = [];

  #thread: HashThread | undefined;
  /** On their way through the thread. */
  readonly #sent: Promise<void>[] = [];
  /** While a thread is being started. */
  #starting: Promise<void> | undefined;
  /** Without a thread. */
  #here: Sha256 | undefined;
  #isOver = false;

  constructor(private readonly module: WebAssembly.Module) {}

  update(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      if (this.#filled === this.#chunk.length) this.#passChunk();
      const piece = bytes.subarray(from, from + this.#chunk.length - this.#filled);
      this.#chunk.set(piece, this.#filled);
      this.#filled += piece.length;
      from += piece.length;
    }
  }

  ready(): Promise<void> | undefined {
    return this.#waiting.length < MOST ? this.#sent[this.#sent.length - MOST] : this.#starting;
  }

  async digest(): Promise<string> {
    this.#pass(this.#chunk.subarray(0, this.#filled));
    if (!this.#thread) {
      this.#here ??= new Sha256(); // it ends before the thread has begun
      this.#passAll();
      return hexOf(this.#here.digest());
    }
    const digest = await this.#thread.digest();
    this.releaseThread();
    return digest;
  }

  releaseThread(): void {
    if (this.#thread) giveBack(this.#thread);
    this.#thread = undefined;
    this.#isOver = true;
  }

  #take(): void {
    if (this.#here || this.#isOver) return; // it comes too late, and is for others
    this.#thread = takeThread();
    this.#thread?.start();
  }

  /** Once there is more than a chunk. */
  #getThread(): void {
    this.#take();
    if (this.#thread) return;
    this.#starting = startThread(this.module).then((isThere) => {
      this.#starting = undefined;
      if (isThere) this.#take();
      if (!this.#thread) this.#here ??= new Sha256(); // or somebody else was faster
    });
  }

  #passChunk(): void {
    if (this.#filled > 0) {
      if (!this.#thread && !this.#here && !this.#starting) this.#getThread();
      this.#pass(this.#chunk);
    }
    this.#chunk = new Uint8Array(this.#free.pop() ?? new ArrayBuffer(CHUNK));
    this.#filled = 0;
  }

  #pass(bytes: Bytes): void {
    if (bytes.length > 0) this.#waiting.push(bytes);
    this.#passAll();
  }

  #passAll(): void {
    if (!this.#thread && !this.#here) return;
    for (const bytes of this.#waiting.splice(0)) {
      if (this.#thread) this.#send(this.#thread, bytes);
      else this.#hashHere(bytes);
    }
  }

  #hashHere(bytes: Bytes): void {
    this.#here!.update(bytes);
    this.#free.push(bytes.buffer);
  }

  #send(thread: HashThread, bytes: Bytes): void {
    const sent = thread.update(bytes).then((buffer) => {
      this.#sent.shift();
      this.#free.push(buffer);
    });
    sent.catch(() => {}); // `ready` or `digest` throws it
    this.#sent.push(sent);
  }
}
