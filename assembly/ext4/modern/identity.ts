/**
 * Who an image is: its UUID, and the start of its names' hashes. Where others draw lots, equal content has equal ones.
 *
 * Content is all that can be seen of the tree, where its files stand, and the first 64 KiB of each of them; the options
 * that shape the filesystem too. The form is that of a version 8 UUID (RFC 9562).
 */
import { Fingerprint, mix } from "../../bytes/fingerprint";
import { sha256 } from "../../bytes/sha256";

const UUID_SIZE: u32 = 16;

const text = memory.data(64, 16);
const digest = memory.data(32, 16);

export class Identity {
  private fingerprint: Fingerprint = new Fingerprint();
  /** 16 bytes each, once settled. */
  readonly uuid: usize = digest;
  readonly hashSeed: usize = digest + UUID_SIZE;

  /** A block of a file's content, or its end. @param at  byte of the image */
  addContent(at: u64, from: usize, length: u32): void {
    this.fingerprint.addPiece(at, from, length);
  }

  /** Something under a name: `path` tells it from all others. */
  addNamed(path: u64, what: u64): void {
    this.fingerprint.addValue(path, what);
  }

  /** An option. */
  addOption(option: u32, value: u64): void {
    if (value != 0) this.fingerprint.addValue(mix(option), value);
  }

  /** @param high, low  a UUID that was asked for, as two numbers; both 0: none was */
  settle(high: u64, low: u64): void {
    const isGiven = (high | low) != 0;
    store<u64>(text, 0x3478_742d_6b6c_796c); // "lylk-tx4": not to be taken for another digest of the same numbers
    store<u64>(text + 8, isGiven ? high : this.fingerprint.high);
    store<u64>(text + 16, isGiven ? low : this.fingerprint.low);
    sha256(text, 24, digest);
    if (isGiven) {
      store<u64>(digest, bswap<u64>(high));
      store<u64>(digest + 8, bswap<u64>(low));
      return;
    }
    store<u8>(digest + 6, (load<u8>(digest + 6) & 0x0f) | 0x80);
    store<u8>(digest + 8, (load<u8>(digest + 8) & 0x3f) | 0x80);
  }
}
