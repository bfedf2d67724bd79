/** What was decompressed: the bytes that a match may repeat, and behind them those that nobody has had yet. */

/** Bytes that a match of DEFLATE reaches back. */
const HISTORY: u32 = 32 * 1024;
/** Bytes handed out at a time. Measured: from 64 to 512 KiB all is alike; this stays in the cache. */
const PIECE: u32 = 256 * 1024;
/** Bytes past a full window that its writer may use: a match that began before, and what wide copies spill. */
const SPILL: u32 = 512;

const buffer = memory.data(HISTORY + PIECE + SPILL, 16);

export class Window {
  /** Where the next byte goes. */
  at: usize = buffer;
  /** Where bytes begin that a match may repeat. */
  floor: usize = buffer;
  /** Where those begin that nobody has had yet. */
  fresh: usize = buffer;

  get limit(): usize {
    return buffer + HISTORY + PIECE;
  }

  get isFull(): bool {
    return this.at >= this.limit;
  }

  /** What follows does not know what was before. */
  forget(): void {
    this.floor = this.at;
  }

  /** What was fresh is taken: makes room, and keeps the history. */
  slide(): void {
    const back = max<isize>(this.at - buffer - HISTORY, 0);
    memory.copy(buffer, buffer + back, this.at - buffer - back);
    this.at -= back;
    this.floor = max<isize>(this.floor - back, buffer);
    this.fresh = this.at;
  }
}
