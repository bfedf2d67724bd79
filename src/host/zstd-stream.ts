/** The zstd stream of node:zlib, driven by hand: bytes in by `write`, out by a callback, and not a copy kept. */
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { ErrorCode, ImageError } from "./errors.ts";

/** Takes decompressed bytes, and is done with them when it returns. May throw. */
export type Take = (bytes: Uint8Array) => void;

/** Bytes of output that node:zlib hands over at a time. With its own default, it takes twice the CPU time. */
const OUTPUT_SIZE = 512 * 1024;

/** `zstd --long=27`: a window of 128 MiB. */
const WINDOW_LOG_MAX = 27;

type Stream = Transform & { readonly bytesWritten: number };

/** What node:zlib has from Node 22.15 on. */
interface Zstd {
  createZstdDecompress(options: { chunkSize: number; params: Record<number, number> }): Stream;
  constants: { ZSTD_d_windowLogMax: number };
}

export class ZstdStream {
  #failure: unknown;
  #given = 0;
  readonly #stream = createStream();
  readonly #closed: Promise<void>;
  readonly #drain = new MessageChannel();

  /** @throws ImageError  Unsupported if this Node has none */
  constructor(private readonly take: Take) {
    const stream = this.#stream;
    // In a microtask, for then the stream has sent the next piece to its thread, which works while we do.
    stream.on("data", (bytes: Uint8Array) => queueMicrotask(() => this.#give(bytes)));
    stream.on("error", (error) => {
      this.#failure ??= this.#fault(error);
    });
    this.#closed = new Promise((resolve) => stream.once("close", resolve));
    this.#drain.port2.close();
  }

  /**
   * @returns bytes consumed: fewer than there are once the data has ended
   * @throws ImageError  Corrupt, Unsupported; or what `take` threw
   */
  async write(bytes: Uint8Array): Promise<number> {
    const before = this.#stream.bytesWritten;
    this.#given = before + bytes.length;
    const written = new Promise<void>((resolve) => this.#stream.write(bytes, () => resolve()));
    await Promise.race([written, this.#closed]);
    if (this.#failure) throw this.#failure;
    return this.#stream.bytesWritten - before;
  }

  async finish(): Promise<void> {
    this.#stream.end();
    await this.#closed;
    if (this.#failure) throw this.#failure;
  }

  close(): void {
    this.#stream.destroy();
    this.#drain.port1.close();
  }

  #give(bytes: Uint8Array): void {
    if (this.#failure) return;
    try {
      this.take(bytes);
      this.#free(bytes);
    } catch (error) {
      this.#failure = error;
      this.#stream.destroy();
    }
  }

  /**
   * Sends a buffer that was filled to its end, and so is ours alone, to where nobody listens, which frees it.
   * Left to the garbage collector, 30 MiB of them pile up.
   */
  #free({ buffer, byteOffset, byteLength }: Uint8Array): void {
    if (buffer.byteLength !== OUTPUT_SIZE || byteOffset + byteLength !== OUTPUT_SIZE) return;
    this.#drain.port1.postMessage(undefined, [buffer as ArrayBuffer]);
  }

  #fault({ code, message }: Error & { code?: string }): ImageError {
    const at = this.#stream.bytesWritten;
    if (code === "Z_BUF_ERROR") return corrupt(`zstd: ends at byte ${at}, before its data does`);
    if (code === "ZSTD_error_frameParameter_windowTooLarge") {
      const limit = `${2 ** (WINDOW_LOG_MAX - 20)} MiB (--long=${WINDOW_LOG_MAX})`;
      return new ImageError(ErrorCode.Unsupported, `zstd: its window is larger than ${limit}`);
    }
    return corrupt(`zstd: between bytes ${at} and ${this.#given}: ${message}`);
  }
}

function createStream(): Stream {
  const { createZstdDecompress, constants } = zlib as unknown as Partial<Zstd>;
  if (!createZstdDecompress || !constants) {
    throw new ImageError(ErrorCode.Unsupported, `zstd: needs Node 22.15 or newer, this is ${process.version}`);
  }
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX };
  return createZstdDecompress({ chunkSize: OUTPUT_SIZE, params });
}

function corrupt(message: string): ImageError {
  return new ImageError(ErrorCode.Corrupt, message);
}
