/** Salted digests of blocks, and a list of them by block that may be filled in any order. */
import { allocate } from "../bytes/memory";
import { digestFour, startFour, updateFour } from "../bytes/sha256";
import { BLOCK_SIZE, DIGEST_SIZE, DIGESTS_PER_BLOCK, SALT_SIZE } from "./format";

const LANES: u32 = 4;
/** Bytes of a SHA-256 block. */
const STEP: u32 = 64;
/** Of salt and data a step and a half stand before data blocks and steps run alike. */
const LEAD: u32 = STEP - SALT_SIZE;

// The first and last steps of four lanes: salt and the first bytes of data; the last bytes, the padding, the length.
const edge = memory.data(4 * 64, 16);
const zeros = memory.data(4096, 16);

/**
 * Computes the digests of up to four blocks, one behind another.
 *
 * @param to  room for four digests, however many are asked for
 */
export function digestBlocks(from: usize, count: u32, to: usize): void {
  // The lanes that are not needed do the work of the first once more.
  const stride = count == LANES ? BLOCK_SIZE : 0;
  if (count > 1 && count < LANES) {
    for (let i: u32 = 0; i < count; i++) {
      digestBlocks(from + i * BLOCK_SIZE, 1, spare);
      memory.copy(to + i * DIGEST_SIZE, spare, DIGEST_SIZE);
    }
    return;
  }
  startFour();
  memory.fill(edge, 0, LANES * STEP);
  for (let lane: u32 = 0; lane < LANES; lane++) memory.copy(edge + lane * STEP + SALT_SIZE, from + lane * stride, LEAD);
  updateFour(edge, STEP);
  for (let at = LEAD; at + STEP <= BLOCK_SIZE; at += STEP) updateFour(from + at, stride);
  const rest = (BLOCK_SIZE - LEAD) % STEP;
  memory.fill(edge, 0, LANES * STEP);
  for (let lane: u32 = 0; lane < LANES; lane++) {
    const to = edge + lane * STEP;
    memory.copy(to, from + lane * stride + BLOCK_SIZE - rest, rest);
    store<u8>(to + rest, 0x80);
    store<u64>(to + STEP - 8, bswap<u64>((SALT_SIZE + BLOCK_SIZE) * 8));
  }
  updateFour(edge, STEP);
  digestFour(to);
}
const spare = memory.data(4 * 32, 16);

/** Digests of the blocks of one level. A block that never came is zeros, and so is its digest known. */
export class DigestList {
  private pages: usize = 0;
  private pageCapacity: u32 = 0;
  private zeroDigest: usize = allocate(LANES * DIGEST_SIZE);

  constructor() {
    digestBlocks(zeros, 1, this.zeroDigest);
  }

  /** Computes and keeps the digests of `count` blocks from `block` on. */
  set(block: u64, from: usize, count: u32): void {
    for (let done: u32 = 0; done < count; ) {
      const page = this.page(<u32>((block + done) / DIGESTS_PER_BLOCK));
      const slot = <u32>((block + done) % DIGESTS_PER_BLOCK);
      const some = min(min(count - done, LANES), DIGESTS_PER_BLOCK - slot);
      if (some == LANES) {
        digestBlocks(from + done * BLOCK_SIZE, LANES, page + slot * DIGEST_SIZE);
      } else {
        digestBlocks(from + done * BLOCK_SIZE, some, four);
        memory.copy(page + slot * DIGEST_SIZE, four, some * DIGEST_SIZE);
      }
      done += some;
    }
  }

  /** Encodes hash block `index` of the level above `blocks` blocks. */
  encode(index: u32, blocks: u64, to: usize): void {
    const first = (<u64>index) * DIGESTS_PER_BLOCK;
    const count = <u32>min<u64>(DIGESTS_PER_BLOCK, blocks - first);
    memory.fill(to, 0, BLOCK_SIZE);
    const page = index < this.pageCapacity ? load<usize>(this.pages + index * sizeof<usize>()) : 0;
    if (page) memory.copy(to, page, count * DIGEST_SIZE);
    else for (let i: u32 = 0; i < count; i++) memory.copy(to + i * DIGEST_SIZE, this.zeroDigest, DIGEST_SIZE);
  }

  private page(index: u32): usize {
    if (index >= this.pageCapacity) this.extend(index + 1);
    const slot = this.pages + index * sizeof<usize>();
    let page = load<usize>(slot);
    if (page == 0) {
      page = allocate(BLOCK_SIZE);
      for (let i: u32 = 0; i < DIGESTS_PER_BLOCK; i++) memory.copy(page + i * DIGEST_SIZE, this.zeroDigest, DIGEST_SIZE);
      store<usize>(slot, page);
    }
    return page;
  }

  private extend(count: u32): void {
    const capacity = max(max(count, 2 * this.pageCapacity), 256);
    const pages = allocate(capacity * sizeof<usize>());
    memory.copy(pages, this.pages, this.pageCapacity * sizeof<usize>());
    this.pages = pages;
    this.pageCapacity = capacity;
  }
}
const four = memory.data(4 * 32, 16);
