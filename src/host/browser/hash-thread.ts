/**
 * A thread that hashes, while who reads and writes works on. It is a worker of the same file as the one that it serves, and known by
 * its name, so that no bundler has to know of it.
 *
 *     worker ─▶ module, then start bytes… end ─▶ thread          thread ─▶ ready, then the buffer of each bytes, and a digest
 *
 * Bytes are handed over, and their buffers come back to be filled again.
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { hexOf } from "../hex.ts";
import { provideWasm } from "../wasm.ts";
import { Sha256 } from "./sha256.ts";

export const THREAD_NAME = "layerkiln hash thread";

/** What the thread is told; a module first of all. */
type ToThread =
  | { readonly kind: "module"; readonly module: WebAssembly.Module }
  | { readonly kind: "start" }
  | { readonly kind: "bytes"; readonly bytes: Bytes }
  | { readonly kind: "end" };

/** What it answers: to a module, to bytes, and to an end. */
type FromThread = undefined | ArrayBuffer | string;

/** In memory that can be handed over. */
export type Bytes = Uint8Array<ArrayBuffer>;

interface Port {
  onmessage: ((event: { readonly data: ToThread }) => void) | null;
  postMessage(message: FromThread, transfer: Transferable[]): void;
}

/** What the thread itself runs. */
export function runHashThread(port: Port): void {
  let sha256: Sha256;
  port.onmessage = ({ data }) => {
    if (data.kind === "module") {
      provideWasm("hash.wasm", data.module);
      sha256 = new Sha256();
      port.postMessage(undefined, []);
    } else if (data.kind === "start") sha256.start();
    else if (data.kind === "bytes") {
      sha256.update(data.bytes);
      port.postMessage(data.bytes.buffer, [data.bytes.buffer]);
    } else port.postMessage(hexOf(sha256.digest()), []);
  };
}

interface Asked {
  resolve(answer: FromThread): void;
  reject(error: ImageError): void;
}

/** The thread, as who uses it sees it. If it fails, so does all that it is asked. */
export class HashThread {
  /** What is still to be answered, in order. */
  readonly #asked: Asked[] = [];
  readonly #worker: Worker;
  #failure: ImageError | undefined;

  /** Resolves when it has started. @throws ImageError  Unavailable */
  readonly isReady: Promise<unknown>;

  /** @throws  where workers can have no threads */
  constructor(module: WebAssembly.Module) {
    this.#worker = new Worker(location.href, { type: "module", name: THREAD_NAME });
    this.#worker.onmessage = ({ data }: MessageEvent<FromThread>) => this.#asked.shift()!.resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // it is told to who asks
      this.#fail(event.message || "its file cannot be loaded");
    };
    this.isReady = this.#ask({ kind: "module", module });
  }

  /** It is of no use any more. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** A stream begins; what was of another is forgotten. */
  start(): void {
    this.#worker.postMessage({ kind: "start" } satisfies ToThread);
  }

  /** Hashes the next bytes. @returns their buffer, to be used again */
  update(bytes: Bytes): Promise<ArrayBuffer> {
    return this.#ask({ kind: "bytes", bytes }, [bytes.buffer]) as Promise<ArrayBuffer>;
  }

  /** Ends the stream. @returns hex digits */
  digest(): Promise<string> {
    return this.#ask({ kind: "end" }) as Promise<string>;
  }

  end(): void {
    this.#worker.terminate();
  }

  #ask(message: ToThread, transfer: Transferable[] = []): Promise<FromThread> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#worker.postMessage(message, transfer);
    return new Promise((resolve, reject) => this.#asked.push({ resolve, reject }));
  }

  #fail(words: string): void {
    this.end();
    this.#failure = new ImageError(ErrorCode.Unavailable, `digest: the thread that computes it failed: ${words}`);
    for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
  }
}
