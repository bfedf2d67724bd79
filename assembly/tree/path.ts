/** A path of a layer, cleaned: from the root, without `.`, `..` or empty parts, and never out of the root. */
import { ByteBuffer } from "../bytes/memory";

const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

export class Path {
  private buffer: ByteBuffer = new ByteBuffer();
  /** Offset of the last part. */
  private last: u32 = 0;

  /** Address of the first byte; without a leading slash. Moves when another path is cleaned. */
  get at(): usize {
    return this.buffer.at;
  }

  /** 0: the root. */
  get length(): u32 {
    return this.buffer.length;
  }

  /** Bytes up to the last slash; 0: directly in the root. */
  get parentLength(): u32 {
    return this.last > 0 ? this.last - 1 : 0;
  }

  get name(): usize {
    return this.buffer.at + this.last;
  }

  get nameLength(): u32 {
    return this.buffer.length - this.last;
  }

  /** Takes the place of what was here. As Go's `path.Clean("/" + path)`. */
  clean(from: usize, length: u32): void {
    this.buffer.clear();
    this.buffer.reserve(length + 1);
    this.join(from, length);
  }

  /** Cleans `from` onto the end of what is here. */
  join(from: usize, length: u32): void {
    this.buffer.reserve(this.buffer.length + length + 1);
    const end = from + length;
    for (let at = from; at < end; ) {
      const part = at;
      while (at < end && load<u8>(at) != SLASH) at++;
      this.step(part, <u32>(at - part));
      at++;
    }
    this.last = this.startOfLast();
  }

  private step(part: usize, length: u32): void {
    if (length == 0 || (length == 1 && load<u8>(part) == DOT)) return;
    const buffer = this.buffer;
    if (length == 2 && load<u8>(part) == DOT && load<u8>(part + 1) == DOT) {
      const start = this.startOfLast();
      buffer.length = start > 0 ? start - 1 : 0;
      return;
    }
    let to = buffer.at + buffer.length;
    if (buffer.length > 0) store<u8>(to++, SLASH);
    memory.copy(to, part, length);
    buffer.length = <u32>(to - buffer.at) + length;
  }

  private startOfLast(): u32 {
    let at = this.buffer.length;
    while (at > 0 && load<u8>(this.buffer.at + at - 1) != SLASH) at--;
    return at;
  }
}
