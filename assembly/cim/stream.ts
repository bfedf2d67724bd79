/** A stream as its record has it: where its bytes stand, how many, and in what form. */
import { Stream, STREAM_SPARSE, STREAM_TYPE_SHIFT } from "./format";
import { regionOffset } from "./layout";

/** Of a Content's kind, whose lower bits are a StreamType: nothing is stored, all is zeros. */
export const SPARSE_KIND: u32 = <u32>(STREAM_SPARSE >> STREAM_TYPE_SHIFT);

/** Encodes streams, for one image. */
export class StreamEncoder {
  /** Where streams without bytes point to. */
  private emptyPlace: u64;

  /** @param region  of data */
  constructor(region: u32, emptyStreamAt: u64) {
    this.emptyPlace = regionOffset(region, emptyStreamAt);
  }

  /** @param place, length, kind  the fields of a Content, or of a directory's link table */
  encode(to: Stream, place: u64, length: u64, kind: u32): void {
    to.dataOffset = kind & SPARSE_KIND ? 0 : length > 0 || kind != 0 ? place : this.emptyPlace;
    to.lengthAndType = length | ((<u64>kind) << STREAM_TYPE_SHIFT);
  }
}
