/** Cuts a stream of bytes into pieces of one size, however it comes. */

export abstract class PieceStream {
  /** Bytes that came. */
  position: u64 = 0;
  private held: u32 = 0;

  /**
   * @param buffer  room for a piece
   * @param size    bytes of a piece
   */
  constructor(private buffer: usize, private size: u32) {}

  /** Takes a piece that begins at byte `at`: of `size` bytes, or, the last, of fewer. Some that are all zeros do not come. */
  protected abstract take(at: u64, from: usize, length: u32): void;

  append(from: usize, length: u32): void {
    for (let done: u32 = 0; done < length; ) {
      if (this.held == 0 && length - done >= this.size) {
        this.take(this.position, from + done, this.size);
        this.position += this.size;
        done += this.size;
      } else {
        const some = min(length - done, this.size - this.held);
        memory.copy(this.buffer + this.held, from + done, some);
        this.advance(some);
        done += some;
      }
    }
  }

  zeros(length: u64): void {
    const head = this.held > 0 ? <u32>min<u64>(length, this.size - this.held) : 0;
    this.fill(head);
    const rest = (length - head) % this.size;
    this.position += length - head - rest;
    this.fill(<u32>rest);
  }

  /** The end: what is held is the last piece. */
  protected flush(): void {
    if (this.held > 0) this.take(this.position - this.held, this.buffer, this.held);
    this.held = 0;
  }

  protected restart(): void {
    this.position = 0;
    this.held = 0;
  }

  private fill(length: u32): void {
    memory.fill(this.buffer + this.held, 0, length);
    this.advance(length);
  }

  private advance(length: u32): void {
    this.held += length;
    this.position += length;
    if (this.held == this.size) this.flush();
  }
}
