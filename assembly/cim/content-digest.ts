/**
 * What tells contents apart for certain: 128 bits of SHA-256 over the SHA-256 of each piece that is not all zeros. Zeros
 * cost nothing: a layer may have terabytes of them.
 */
import { DIGEST_SIZE, sha256 } from "../bytes/sha256";
import { isZero } from "../bytes/zeros";
import { digest } from "../host";
import { PieceStream } from "./piece-stream";

const PIECE: u32 = 64 * 1024;
const piece = memory.data(64 * 1024, 16);

/** The digest so far, the place of a piece, the piece's digest. */
const link = memory.data(72, 16);
const LINK_SIZE: u32 = 72;

export class ContentDigest extends PieceStream {
  constructor() {
    super(piece, PIECE);
  }

  /** After `end`. */
  get low(): u64 {
    return load<u64>(link);
  }

  get high(): u64 {
    return load<u64>(link, 8);
  }

  begin(): void {
    this.restart();
    memory.fill(link, 0, LINK_SIZE);
  }

  end(): void {
    this.flush();
  }

  protected take(at: u64, from: usize, length: u32): void {
    if (isZero(from, length)) return;
    store<u64>(link, at, DIGEST_SIZE);
    digest(from, length, link + DIGEST_SIZE + sizeof<u64>());
    sha256(link, LINK_SIZE, link);
  }
}
