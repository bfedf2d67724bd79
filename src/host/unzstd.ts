/** zstd, frame by frame: what node:zlib lets pass is found here. */
import { ErrorCode, ImageError } from "./errors.ts";
import { ZstdFrames } from "./zstd-frames.ts";
import { type Take, ZstdStream } from "./zstd-stream.ts";

/** Compressed bytes go in by `write`, piece by piece; it is done with them when it returns. */
export class Unzstd {
  readonly #stream: ZstdStream;
  readonly #frames = new ZstdFrames();
  #at = 0;

  /** @throws ImageError  Unsupported if this Node cannot */
  constructor(take: Take) {
    this.#stream = new ZstdStream(take);
  }

  /** @throws ImageError  Corrupt, Unsupported; or what `take` threw */
  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const length = this.#frames.pass(bytes.subarray(from));
      const consumed = await this.#stream.write(bytes.subarray(from, from + length));
      this.#at += consumed;
      if (consumed < length) throw corrupt(`zstd: at byte ${this.#at}: a frame is shorter than its blocks`);
      from += length;
    }
  }

  /** All is written. @throws ImageError  Corrupt if the data breaks off */
  async finish(): Promise<void> {
    if (!this.#frames.atEnd) throw corrupt(`zstd: ends at byte ${this.#at}, inside a frame`);
    await this.#stream.finish();
  }

  /** Frees it, whatever its state. */
  close(): void {
    this.#stream.close();
  }
}

function corrupt(message: string): ImageError {
  return new ImageError(ErrorCode.Corrupt, message);
}
