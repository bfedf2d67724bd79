/** The digests of a level's blocks, by block, which may be filled in any order. */
import { allocate } from "../bytes/memory";
import { BLOCK_SIZE, DIGEST_SIZE, DIGESTS_PER_BLOCK } from "./format";
import { LANES, SaltedDigest } from "./salted";

const zeros = memory.data(4096, 16);
const four = memory.data(4 * 32, 16);

/** Digests of the blocks of one level. A block that never came is zeros, and so is its digest known. */
export class DigestList {
  private pages: usize = 0;
  private pageCapacity: u32 = 0;
  private zeroDigest: usize = allocate(LANES * DIGEST_SIZE);

  constructor(private digest: SaltedDigest) {
    digest.compute(zeros, 1, this.zeroDigest);
  }

  /** Computes and keeps the digests of `count` blocks from `block` on. */
  set(block: u64, from: usize, count: u32): void {
    for (let done: u32 = 0; done < count; ) {
      const page = this.page(<u32>((block + done) / DIGESTS_PER_BLOCK));
      const slot = <u32>((block + done) % DIGESTS_PER_BLOCK);
      const some = min(min(count - done, LANES), DIGESTS_PER_BLOCK - slot);
      if (some == LANES) {
        this.digest.compute(from + done * BLOCK_SIZE, LANES, page + slot * DIGEST_SIZE);
      } else {
        this.digest.compute(from + done * BLOCK_SIZE, some, four);
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
