/**
 * What was decompressed: bytes that a match may repeat, and the last of them those that nobody has had yet.
 *
 * Bytes are written from `base` on, up to `limit`, and then from `base` again: in laps. Of the lap before, as much is left as
 * the window asks for. Room for larger windows is taken when a lap is full, so a frame that says more than it holds takes
 * no more than it holds.
 */
import { allocate } from "../../bytes/memory";
import { MAX_BLOCK, MAX_WINDOW } from "./format";

/** Bytes that are handed out at a time, but for the last block of them. Measured: more is no quicker. */
const PIECE: u32 = 256 * 1024;
/** Bytes of a lap beyond the window: what is handed out at a time, and the blocks that may be written before. */
const EXTRA: u32 = 512 * 1024;
/** Bytes behind the last block that wide copies may spoil. */
const SPILL: u32 = 64;
/** Room taken at first, at most: the window of `zstd -19`, and its extra. */
const FIRST_ROOM: u32 = 8 * 1024 * 1024 + EXTRA;
/** When there is too little, at most as many times that, of what the frame wants. */
const GROWTH: u32 = 4;
/** And at least: what was there before is lost, so that frames that each want a little more would take all there is. */
const LEAST_GROWTH: u32 = 2;
/** What any frame may want. */
const MAX_ROOM: u32 = <u32>MAX_WINDOW + EXTRA;

/** Of one stream after the other, for it cannot be given back. */
let room: usize = 0;
let roomSize: u32 = 0;

export class History {
  /** Where the next byte goes. */
  at: usize = 0;
  /** Where those begin that nobody has had yet. */
  fresh: usize = 0;
  /** Where the bytes of this frame begin in this lap. */
  floor: usize = 0;
  /** Where they begin and end in the lap before. */
  earlier: usize = 0;
  earlierEnd: usize = 0;
  private limit: usize = 0;
  /** Bytes that this frame wants of a lap. */
  private lap: u32 = 0;

  /** @param window  bytes that a match may reach back */
  beginFrame(window: u32): void {
    this.lap = window + EXTRA;
    if (roomSize == 0) this.grow();
    else if (this.fresh == this.at) this.moveTo(room);
    this.floor = this.at;
    this.earlier = 0;
    this.earlierEnd = 0;
    this.limit = room + min(this.lap, roomSize);
  }

  /** Whether a block can be written. */
  private get hasRoom(): bool {
    return this.at + MAX_BLOCK <= this.limit;
  }

  /** Whether what is fresh should be taken before more is written. */
  get isFull(): bool {
    return this.at - this.fresh >= PIECE || !this.hasRoom;
  }

  /** What was fresh is taken. Makes room for a block. */
  release(): void {
    while (this.lap > 0 && !this.hasRoom) {
      if (roomSize < this.lap) this.grow();
      else this.beginLap();
    }
    this.fresh = this.at;
  }

  private beginLap(): void {
    this.earlier = this.floor;
    this.earlierEnd = this.at;
    this.limit = room + this.lap;
    this.moveTo(room);
  }

  /** Moves to a larger room, with all that this frame has in this lap; nothing of a lap before, for only a full room begins one. */
  private grow(): void {
    const length = this.at - this.floor;
    const from = this.floor;
    const least = min(roomSize * LEAST_GROWTH, MAX_ROOM);
    roomSize = max(least, min(this.lap, roomSize == 0 ? FIRST_ROOM : roomSize * GROWTH));
    room = allocate(roomSize + SPILL);
    memory.copy(room, from, length);
    this.moveTo(room);
    this.at += length;
    this.limit = room + min(this.lap, roomSize);
  }

  private moveTo(at: usize): void {
    this.at = at;
    this.floor = at;
    this.fresh = at;
  }
}
