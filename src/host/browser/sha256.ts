/** SHA-256 by our own WASM: a browser's own code for it takes no streams, and gives no answer at once. */
import { startWasm } from "../wasm.ts";

/** The exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../../hash.js").instantiate>>;

/** Bytes that go in at a time. */
const INPUT_SIZE = 256 * 1024;
export const DIGEST_SIZE = 32;

/** Of one message after another, each between `start` and `digest`. `hash.wasm` is there when it is made. */
export class Sha256 {
  readonly #exports: Exports;
  /** The memory never grows, so views of it hold. */
  readonly #input: Uint8Array;

  constructor() {
    const { exports, window } = startWasm<Exports>("hash.wasm", () => ({}));
    this.#exports = exports;
    this.#input = window(exports.input(), INPUT_SIZE);
    this.start();
  }

  /** Forgets what was before. */
  start(): void {
    this.#exports.start();
  }

  update(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += INPUT_SIZE) {
      const piece = bytes.subarray(from, from + INPUT_SIZE);
      this.#input.set(piece);
      this.#exports.update(piece.length);
    }
  }

  /** @returns a window, valid until more is hashed */
  digest(): Uint8Array {
    this.#exports.digest();
    return this.#input.subarray(0, DIGEST_SIZE);
  }
}
