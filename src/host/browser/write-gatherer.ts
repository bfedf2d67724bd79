/** Gathers writes that follow one another: a call into a browser's files costs 30 µs, however little it writes. */
export class WriteGatherer {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #write: (at: number, bytes: Uint8Array<ArrayBuffer>) => void;
  /** Where in the file the buffer begins. */
  #at = 0;
  #length = 0;

  /**
   * @param size   bytes that are written at a time, at most
   * @param write  its `bytes` are a window, valid until it returns
   */
  constructor(size: number, write: (at: number, bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#buffer = new Uint8Array(size);
    this.#write = write;
  }

  write(at: number, bytes: Uint8Array): void {
    if (at !== this.#at + this.#length) this.flush();
    for (let from = 0; from < bytes.length; ) {
      if (this.#length === 0) this.#at = at + from;
      const piece = bytes.subarray(from, from + this.#buffer.length - this.#length);
      this.#buffer.set(piece, this.#length);
      this.#length += piece.length;
      from += piece.length;
      if (this.#length === this.#buffer.length) this.flush();
    }
  }

  /** Writes what was gathered. */
  flush(): void {
    const length = this.#length;
    this.#length = 0;
    if (length > 0) this.#write(this.#at, this.#buffer.subarray(0, length));
  }
}
