/** Which files have several names: a CIM does not say so of a file, one has to have seen all names. */
import { allocate, ByteBuffer } from "../../bytes/memory";

/** Two bits for each id: it was met, it was met again. Pages are made when an id of theirs is met. */
const IDS_A_PAGE: u32 = 32_768;
const BITS_AN_ID: u32 = 2;
const MET: u8 = 1;
const MET_AGAIN: u8 = 2;

export class NameCensus {
  /** Addresses of pages. */
  private pages: ByteBuffer = new ByteBuffer();

  /** @param id  of a file that is there: what is made up would only cost memory */
  meet(id: u32): void {
    const page = this.pageOf(id);
    const at = page + byteOf(id);
    const bits = load<u8>(at);
    const met = MET << shiftOf(id);
    store<u8>(at, bits | (bits & met ? MET_AGAIN << shiftOf(id) : met));
  }

  hasSeveral(id: u32): bool {
    const index = (id / IDS_A_PAGE) * sizeof<usize>();
    if (index >= this.pages.length) return false;
    const page = load<usize>(this.pages.at + index);
    return page != 0 && (load<u8>(page + byteOf(id)) & (MET_AGAIN << shiftOf(id))) != 0;
  }

  private pageOf(id: u32): usize {
    const pages = this.pages;
    const index = (id / IDS_A_PAGE) * sizeof<usize>();
    if (index >= pages.length) {
      pages.reserve(index + sizeof<usize>()); // what is reserved is zero
      pages.length = index + sizeof<usize>();
    }
    if (load<usize>(pages.at + index) == 0) {
      const page = allocate((IDS_A_PAGE * BITS_AN_ID) / 8);
      store<usize>(pages.at + index, page);
    }
    return load<usize>(pages.at + index);
  }
}

function byteOf(id: u32): u32 {
  return ((id % IDS_A_PAGE) * BITS_AN_ID) / 8;
}

function shiftOf(id: u32): u8 {
  return <u8>((id * BITS_AN_ID) % 8);
}
