/** SHA-256 of blocks behind a salt, four blocks at a time. */
import { ErrorCode } from "../abi";
import { allocate } from "../bytes/memory";
import { digestFour, resumeFour, saveFour, startFour, STATE_SIZE, updateFour } from "../bytes/sha256";
import { fail } from "../host";
import { BLOCK_SIZE, DIGEST_SIZE, MAX_SALT_SIZE } from "./format";

export const LANES: u32 = 4;
/** Bytes of a SHA-256 block. */
const STEP: u32 = 64;
/** Of the padding: a bit, and the length. Bytes. */
const MIN_PADDING: u32 = 9;

/** The last bytes of four messages, the padding, the length: one or two steps. */
const tails = memory.data(4 * 2 * 64, 16);
const spare = memory.data(4 * 32, 16);

export class SaltedDigest {
  /** Four messages behind the whole steps of the salt. */
  private start: usize = allocate(STATE_SIZE);
  /** The rest of the salt, which shares a step with the first bytes of data; one such step for each lane. */
  private heads: usize = allocate(LANES * STEP);
  private saltRest: u32;
  /** Bytes of data in the step that the salt ends in. */
  private lead: u32;

  /** @param salt  its address; @param saltSize  its bytes, MAX_SALT_SIZE at most */
  constructor(salt: usize, private saltSize: u32) {
    if (saltSize > MAX_SALT_SIZE) {
      fail(ErrorCode.InvalidArgument, `verity: salt of ${saltSize} bytes, and ${MAX_SALT_SIZE} are the most`);
    }
    const rest = saltSize % STEP;
    this.saltRest = rest;
    this.lead = rest > 0 ? STEP - rest : 0;
    startFour();
    for (let at: u32 = 0; at + STEP <= saltSize; at += STEP) updateFour(salt + at, 0);
    saveFour(this.start);
    for (let lane: u32 = 0; lane < LANES; lane++) memory.copy(this.heads + lane * STEP, salt + saltSize - rest, rest);
  }

  /**
   * Computes the digests of up to four blocks, one behind another.
   *
   * @param to  room for four digests, however many are asked for
   */
  compute(from: usize, count: u32, to: usize): void {
    if (count == LANES || count == 1) return this.computeLanes(from, count == LANES ? BLOCK_SIZE : 0, to);
    for (let i: u32 = 0; i < count; i++) {
      this.computeLanes(from + i * BLOCK_SIZE, 0, spare);
      memory.copy(to + i * DIGEST_SIZE, spare, DIGEST_SIZE);
    }
  }

  /** @param stride  bytes from one lane's block to the next; 0: all do the work of the first */
  private computeLanes(from: usize, stride: u32, to: usize): void {
    const lead = this.lead;
    resumeFour(this.start);
    if (lead > 0) {
      for (let lane: u32 = 0; lane < LANES; lane++) {
        memory.copy(this.heads + lane * STEP + this.saltRest, from + lane * stride, lead);
      }
      updateFour(this.heads, STEP);
    }
    const rest = this.saltRest; // as whole blocks are whole steps, the data ends as far into a step as the salt does
    for (let at = lead; at + STEP <= BLOCK_SIZE; at += STEP) updateFour(from + at, stride);
    const tail: u32 = rest + MIN_PADDING > STEP ? 2 * STEP : STEP;
    memory.fill(tails, 0, LANES * 2 * STEP);
    for (let lane: u32 = 0; lane < LANES; lane++) {
      const to = tails + lane * 2 * STEP;
      memory.copy(to, from + lane * stride + BLOCK_SIZE - rest, rest);
      store<u8>(to + rest, 0x80);
      store<u64>(to + tail - 8, bswap<u64>((<u64>this.saltSize + BLOCK_SIZE) * 8));
    }
    for (let at: u32 = 0; at < tail; at += STEP) updateFour(tails + at, 2 * STEP);
    digestFour(to);
  }
}
