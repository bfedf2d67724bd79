/** What contents are told apart by at first sight, at next to no cost: the first 64 KiB. An enemy can make two that look alike. */
import { Fingerprint } from "../bytes/fingerprint";
import { PieceStream } from "./piece-stream";

/** Bytes that are looked at. */
export const SAMPLE_SIZE: u64 = 64 * 1024;
const PIECE: u32 = 4096;
const piece = memory.data(4096, 16);

export class ContentSample extends PieceStream {
  private fingerprint: Fingerprint = new Fingerprint();

  constructor() {
    super(piece, PIECE);
  }

  get low(): u64 {
    return this.fingerprint.low;
  }

  get high(): u64 {
    return this.fingerprint.high;
  }

  /** Whether more bytes would make no difference. */
  get isFull(): bool {
    return this.position >= SAMPLE_SIZE;
  }

  begin(): void {
    this.restart();
    this.fingerprint.low = 0;
    this.fingerprint.high = 0;
  }

  end(): void {
    this.flush();
  }

  protected take(at: u64, from: usize, length: u32): void {
    if (at < SAMPLE_SIZE) this.fingerprint.addPiece(at, from, length);
  }
}
