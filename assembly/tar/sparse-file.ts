/** A sparse file on its way out: between what the archive holds of it come its holes. */
import { EntryListener } from "../tree/entry";
import { SparseMap } from "./sparse";

export class SparseFile {
  readonly map: SparseMap = new SparseMap();
  /** Whether the entry at hand is one; else nothing here counts. */
  isSparse: bool = false;
  private segmentIndex: u32 = 0;
  /** Where in the file the next byte stands. */
  private at: u64 = 0;

  clear(): void {
    this.isSparse = false;
    this.map.clear();
    this.segmentIndex = 0;
    this.at = 0;
  }

  /** Sends the hole before the next byte. @returns how many of the next `length` bytes follow without another */
  expand(length: u32, listener: EntryListener): u32 {
    const map = this.map;
    let segment = map.at(this.segmentIndex);
    while (segment.length == 0 || <u64>(segment.offset + segment.length) <= this.at) segment = map.at(++this.segmentIndex);
    if (<u64>segment.offset > this.at) {
      listener.zeros(segment.offset - this.at);
      this.at = segment.offset;
    }
    const taken = <u32>min<u64>(length, segment.offset + segment.length - this.at);
    this.at += taken;
    return taken;
  }

  /** Sends the hole at the end. */
  finish(size: u64, listener: EntryListener): void {
    if (this.at < size) listener.zeros(size - this.at);
  }
}
