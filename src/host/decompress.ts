/** gzip and zstd, and what node:zlib lets pass: rubbish after the last member, frames that are cut off. */
import type { Compression } from "./compression.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { type Take, ZlibStream } from "./zlib-stream.ts";
import { ZstdFrames } from "./zstd-frames.ts";

/** Compressed bytes go in by `write`, piece by piece; it is done with them when it returns. */
export interface Decompressor {
  /** @throws ImageError  Corrupt, Unsupported; or what `take` threw */
  write(bytes: Uint8Array): Promise<void>;

  /** All is written. @throws ImageError  Corrupt if the data breaks off */
  finish(): Promise<void>;

  /** Frees it, whatever its state. */
  close(): void;
}

/** @throws ImageError  Unsupported if this Node cannot */
export function openDecompressor(compression: Exclude<Compression, "none">, take: Take): Decompressor {
  return compression === "gzip" ? new Gunzip(take) : new Unzstd(take);
}

class Gunzip implements Decompressor {
  readonly #stream: ZlibStream;
  #at = 0;
  #ended = false;

  constructor(take: Take) {
    this.#stream = ZlibStream.gzip(take);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const consumed = this.#ended ? 0 : await this.#stream.write(bytes);
    this.#ended ||= consumed < bytes.length;
    this.#at += consumed;
    // Zeros after the last member are padding; node:zlib stops at the first of them and looks no further.
    const rest = bytes.subarray(consumed);
    const odd = rest.findIndex((byte) => byte !== 0);
    if (odd >= 0) throw corrupt(`gzip: at byte ${this.#at + odd}: data after the padding of the last member`);
    this.#at += rest.length;
  }

  async finish(): Promise<void> {
    if (!this.#ended) await this.#stream.finish();
  }

  close(): void {
    this.#stream.close();
  }
}

class Unzstd implements Decompressor {
  readonly #stream: ZlibStream;
  readonly #frames = new ZstdFrames();
  #at = 0;

  constructor(take: Take) {
    this.#stream = ZlibStream.zstd(take);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const length = this.#frames.pass(bytes.subarray(from));
      const consumed = await this.#stream.write(bytes.subarray(from, from + length));
      this.#at += consumed;
      if (consumed < length) throw corrupt(`zstd: at byte ${this.#at}: a frame is shorter than its blocks`);
      from += length;
    }
  }

  async finish(): Promise<void> {
    if (!this.#frames.atEnd) throw corrupt(`zstd: ends at byte ${this.#at}, inside a frame`);
    await this.#stream.finish();
  }

  close(): void {
    this.#stream.close();
  }
}

function corrupt(message: string): ImageError {
  return new ImageError(ErrorCode.Corrupt, message);
}
