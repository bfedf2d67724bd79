/** A sparse file on its way out: between what the archive holds of it come its holes. */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Entry, EntryListener } from "../tree/entry";
import { Records } from "../tree/record";
import { readInteger } from "../tree/record-value";
import { Dialect, dialectOf, GNU_EXTENDED, GNU_REAL_SIZE, GNU_SPARSE, MORE_EXTENDED, MORE_SPARSE } from "./format";
import { HeaderReader } from "./header";
import { SPARSE_NAME, SPARSE_REAL_SIZE, SPARSE_SIZE, SparseMap } from "./sparse";

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

  /**
   * Begins with an old GNU header, `block`; `header` gets the size of the whole file.
   *
   * @returns whether blocks that go on with the map follow
   * @fails Corrupt  the archive is not GNU's, or the map is not sound
   */
  beginOldGnu(block: usize, header: HeaderReader, headerAt: u64): bool {
    if (dialectOf(block) != Dialect.Gnu) {
      fail(ErrorCode.Corrupt, `tar: header at ${headerAt}: type S in an archive that is not GNU's`);
    }
    this.isSparse = true;
    header.size = header.number(block, GNU_REAL_SIZE);
    return this.map.addOldGnu(block, GNU_SPARSE, GNU_EXTENDED);
  }

  /** Goes on with an old GNU header. @returns whether another block follows; @fails Corrupt */
  continueOldGnu(block: usize): bool {
    return this.map.addOldGnu(block, MORE_SPARSE, MORE_EXTENDED);
  }

  /** Begins with records, which have the name and the size of the whole file; the header's are those of what is held. */
  beginRecords(records: Records, entry: Entry, header: HeaderReader): void {
    this.isSparse = true;
    const name = records.findValue(SPARSE_NAME);
    if (name) {
      entry.name = name.value;
      entry.nameLength = name.valueLength;
    }
    let size = records.findValue(SPARSE_SIZE);
    if (!size) size = records.findValue(SPARSE_REAL_SIZE);
    if (size) header.size = readInteger(size);
  }

  /** @fails Corrupt  the archive holds other than the `held` bytes that the map tells of */
  requireData(held: u64, headerAt: u64): void {
    const mapped = this.map.dataSize;
    if (mapped == held) return;
    fail(ErrorCode.Corrupt, `tar: entry at ${headerAt}: ${held} bytes of data where its sparse map has ${mapped}`);
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
