/**
 * A tar archive, read as it arrives: bytes in, entries out.
 *
 * What is accepted, and what every field means, is as in Go's archive/tar: container layers are written by it and
 * read by it, and hcsshim's images depend on it. Where Go stands alone, TarRules says whom to follow.
 */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Entry, EntryListener, EntryType } from "../tree/entry";
import { Announcer } from "./announcer";
import { isDirectoryInDisguise, isHeaderOnly, isOfArchive } from "./entry-type";
import { checksumMatches, verifyChecksum } from "./field";
import { BLOCK_SIZE, OtherType, SPARSE_TYPE, SpecialType } from "./format";
import { HeaderReader } from "./header";
import { TarRules } from "./rules";
import { SparseForm, sparseFormOf } from "./sparse";
import { SparseFile } from "./sparse-file";
import { Special } from "./special";

const enum State {
  Header,
  /** The body of an entry that describes the next one. */
  Special,
  /** Blocks that go on with an old GNU sparse header. */
  MoreSparse,
  /** Blocks of a sparse map that begins the data. */
  SparseText,
  Data,
  /** Data that nobody wants, and padding. */
  Skip,
  End,
}

export class TarReader {
  private state: State = State.Header;
  private position: u64 = 0;
  /** Of the header at hand. */
  private headerAt: u64 = 0;
  private zeroBlocks: u32 = 0;
  /** Bytes of this state still to come; of data, those that the archive holds. */
  private left: u64 = 0;
  private padding: u32 = 0;

  // A block that does not arrive whole, or must outlive the input buffer.
  private partial: usize = heap.alloc(BLOCK_SIZE);
  private partialLength: u32 = 0;

  private special: Special = new Special();
  private header: HeaderReader = new HeaderReader();
  private entry: Entry = new Entry();
  private announcer: Announcer;

  /** Bytes that may follow the hard link before; only the next block tells. */
  private linkData: u64 = 0;

  private sparse: SparseFile = new SparseFile();
  private wanted: bool = false;

  /** @param maxPathLength  bytes that a name or target may have */
  constructor(private listener: EntryListener, maxPathLength: u32, private rules: TarRules) {
    this.announcer = new Announcer(listener, maxPathLength, rules);
  }

  /** What is fed from here on is another archive; the one before is finished. */
  restart(): void {
    this.state = State.Header;
    this.position = 0;
    this.zeroBlocks = 0;
    this.left = 0;
    this.padding = 0;
    this.partialLength = 0;
    this.linkData = 0;
    this.special.clear();
    this.header.forgetDefaults();
  }

  /** Entries handed on. */
  get entries(): u64 {
    return this.announcer.entries;
  }

  /**
   * Takes the next bytes of the archive, cut anywhere. What follows the end of the archive is passed over.
   *
   * @fails Corrupt      the archive breaks its format
   * @fails OutOfRange   a name is longer than the limit
   */
  feed(from: usize, length: u32): void {
    let at = from;
    let left = length;
    while (left > 0 && this.state != State.End) {
      const taken = this.step(at, left);
      at += taken;
      left -= taken;
      this.position += taken;
    }
    this.position += left;
  }

  /** Bytes that come next and are content as it stands, whatever they are. */
  get plainContent(): u64 {
    return this.state == State.Data && !this.sparse.isSparse ? this.left : 0;
  }

  /** Bytes that come next and that nobody wants, whatever they are. */
  get unwanted(): u64 {
    return this.state == State.Skip ? this.left : 0;
  }

  /** Bytes of the archive taken so far. */
  get taken(): u64 {
    return this.position;
  }

  /** Goes on behind `length` bytes of plain content that reached the image without passing here, or of those that nobody wants. */
  passOver(length: u64): void {
    this.position += length;
    this.left -= length;
    if (this.left > 0) return;
    if (this.state == State.Skip) this.state = State.Header;
    else this.endEntry();
  }

  /** @fails Corrupt  the archive stops within an entry. A missing end mark is no fault. */
  finish(): void {
    const state = this.state;
    if (state != State.End && this.partialLength > 0) {
      fail(ErrorCode.Corrupt, `tar: ends ${this.partialLength} bytes into ${state == State.Header ? "a header" : "a sparse map"}`);
    }
    const missing = state == State.Skip ? this.left - min<u64>(this.left, this.padding) : this.left;
    if (state == State.MoreSparse || state == State.SparseText) fail(ErrorCode.Corrupt, "tar: ends within a sparse map");
    if (state != State.End && state != State.Header && missing > 0) {
      fail(ErrorCode.Corrupt, `tar: entry at ${this.headerAt}: ends ${missing} bytes before its data does`);
    }
    this.listener.end();
  }

  /** @returns bytes taken, at least one */
  private step(at: usize, length: u32): u32 {
    switch (this.state) {
      case State.Special:
        return this.takeSpecial(at, length);
      case State.Data:
        return this.takeData(at, length);
      case State.Skip:
        return this.skip(length);
      default:
        return this.takeBlock(at, length);
    }
  }

  /** Blocks that arrive whole are read where they stand. */
  private takeBlock(at: usize, length: u32): u32 {
    if (this.partialLength == 0 && length >= BLOCK_SIZE) {
      this.onBlock(at);
      return BLOCK_SIZE;
    }
    const taken = min(length, BLOCK_SIZE - this.partialLength);
    memory.copy(this.partial + this.partialLength, at, taken);
    this.partialLength += taken;
    if (this.partialLength == BLOCK_SIZE) {
      this.partialLength = 0;
      this.position -= BLOCK_SIZE - taken; // as if it had come at once
      this.onBlock(this.partial);
      this.position += BLOCK_SIZE - taken;
    }
    return taken;
  }

  private onBlock(block: usize): void {
    switch (this.state) {
      case State.Header:
        return this.onHeader(block);
      case State.MoreSparse:
        if (!this.sparse.continueOldGnu(block)) this.deliver();
        return;
      default:
        this.left -= BLOCK_SIZE;
        if (!this.sparse.map.addText(block)) this.deliver();
        else this.requireTextBlock();
    }
  }

  private onHeader(header: usize): void {
    if (isZeroBlock(header)) {
      this.linkData = 0;
      if (++this.zeroBlocks == 2) this.state = State.End;
      return;
    }
    if (this.linkData > 0 && this.skipsLinkData(header)) return;
    if (this.zeroBlocks > 0) fail(ErrorCode.Corrupt, `tar: header at ${this.position}: follows a single block of zeros`);
    this.headerAt = this.position;
    verifyChecksum(header, this.position);
    this.header.read(header, this.position, this.entry);
    if (!isHeaderOnly(this.entry.type)) this.refuseNegative(this.header.size); // as it stands, even if a record overrides it

    switch (this.entry.type) {
      case SpecialType.GlobalRecords:
      case SpecialType.Records:
      case SpecialType.LongName:
      case SpecialType.LongLink:
        return this.beginSpecial();
      default:
        if (this.rules == TarRules.Posix && this.takesOtherType()) return;
        return this.onEntry(header);
    }
  }

  /**
   * Of a hard link with a size, some archivers mean that its data follows (POSIX allows it), others repeat that of the file.
   * A block that is no header tells.
   *
   * @returns whether `block` was the first of such data
   */
  private skipsLinkData(block: usize): bool {
    const size = this.linkData;
    this.linkData = 0;
    if (checksumMatches(block)) return false;
    this.begin(State.Skip, size);
    this.left += this.padding;
    this.left -= BLOCK_SIZE;
    if (this.left == 0) this.state = State.Header;
    return true;
  }

  /** Types that Go's reader takes for files. @returns whether the header is dealt with */
  private takesOtherType(): bool {
    const entry = this.entry;
    if (entry.type == OtherType.SolarisRecords) {
      entry.type = SpecialType.Records;
      this.beginSpecial();
      return true;
    }
    if (!isOfArchive(entry.type)) return false;
    this.special.clear();
    this.begin(State.Skip, <u64>this.header.size);
    this.skipRest();
    return true;
  }

  private beginSpecial(): void {
    const size = <u64>this.header.size;
    this.special.begin(this.entry.type, size, this.headerAt);
    this.begin(State.Special, size);
    if (size == 0) this.endSpecial();
  }

  private takeSpecial(at: usize, length: u32): u32 {
    const taken = <u32>min<u64>(length, this.left);
    this.special.append(at, taken);
    this.left -= taken;
    if (this.left == 0) this.endSpecial();
    return taken;
  }

  private endSpecial(): void {
    this.special.end();
    this.skipPadding();
    if (this.special.type == SpecialType.GlobalRecords) this.onGlobal();
  }

  private onGlobal(): void {
    if (this.rules == TarRules.Go) return this.deliverGlobal();
    this.header.addDefaults(this.special.records);
    this.special.clear();
  }

  /** As hcsshim has it from Go: global records are no defaults for what follows, but an empty file of their own. */
  private deliverGlobal(): void {
    this.header.makeGlobal(this.entry, this.special.records);
    this.announce();
    if (this.wanted) this.listener.endData();
    this.special.clear(); // what described this entry does not describe the next
  }

  private onEntry(header: usize): void {
    const entry = this.entry;
    this.header.merge(entry, this.special);
    const headerOnly = isHeaderOnly(entry.type);
    const isPosix = this.rules == TarRules.Posix;
    if (isPosix && isDirectoryInDisguise(entry)) entry.type = EntryType.Directory; // data may follow
    const size: i64 = headerOnly ? 0 : this.header.size;
    if (isPosix && entry.type == EntryType.HardLink) this.linkData = <u64>max<i64>(this.header.size, 0);
    this.refuseNegative(size);
    this.begin(State.Data, <u64>size);
    this.sparse.clear();

    if (entry.type == SPARSE_TYPE) return this.beginOldGnu(header);
    const form = sparseFormOf(this.special.records);
    if (form == SparseForm.None) return this.deliver();
    if (headerOnly) fail(ErrorCode.Corrupt, `tar: header at ${this.headerAt}: a sparse map for what is no file`);
    this.sparse.beginRecords(this.special.records, entry, this.header);
    if (form == SparseForm.Records) {
      this.sparse.map.addRecords(this.special.records);
      return this.deliver();
    }
    this.outliveInput(header);
    this.state = State.SparseText;
    this.requireTextBlock();
  }

  private refuseNegative(size: i64): void {
    if (size < 0) fail(ErrorCode.Corrupt, `tar: header at ${this.headerAt}: size ${size}`);
  }

  private beginOldGnu(header: usize): void {
    if (!this.sparse.beginOldGnu(header, this.header, this.headerAt)) return this.deliver();
    this.outliveInput(header);
    this.state = State.MoreSparse;
  }

  private requireTextBlock(): void {
    if (this.left < BLOCK_SIZE) fail(ErrorCode.Corrupt, `tar: entry at ${this.headerAt}: data ends within its sparse map`);
  }

  /** The name and target may stand in a header that the next input overwrites. */
  private outliveInput(header: usize): void {
    this.header.keep(this.entry, header);
  }

  /** All is known of the entry: hand it on, and then its data. */
  private deliver(): void {
    this.state = State.Data;
    this.entry.size = <u64>this.header.size;
    if (this.sparse.isSparse) this.sparse.map.validate(this.header.size);
    this.announce();
    if (this.wanted) this.beginData();
    else this.skipRest();
    this.special.clear(); // what described this entry does not describe the next
  }

  private announce(): void {
    this.wanted = this.announcer.announce(this.entry, this.special.records, this.headerAt);
  }

  private beginData(): void {
    if (this.sparse.isSparse) this.sparse.requireData(this.left, this.headerAt);
    if (this.left == 0) this.endEntry();
  }

  private takeData(at: usize, length: u32): u32 {
    let taken = <u32>min<u64>(length, this.left);
    if (this.sparse.isSparse) taken = this.sparse.expand(taken, this.listener);
    this.listener.data(at, taken);
    this.left -= taken;
    if (this.left == 0) this.endEntry();
    return taken;
  }

  private endEntry(): void {
    if (this.sparse.isSparse) this.sparse.finish(this.entry.size, this.listener);
    this.listener.endData();
    this.skipPadding();
  }

  private skip(length: u32): u32 {
    const taken = <u32>min<u64>(length, this.left);
    this.left -= taken;
    if (this.left == 0) this.state = State.Header;
    return taken;
  }

  private begin(state: State, size: u64): void {
    this.state = state;
    this.left = size;
    this.padding = <u32>(-size & (BLOCK_SIZE - 1));
  }

  private skipPadding(): void {
    this.left = 0;
    this.skipRest();
  }

  private skipRest(): void {
    this.left += this.padding;
    this.state = this.left > 0 ? State.Skip : State.Header;
  }
}

function isZeroBlock(block: usize): bool {
  for (let at = block, end = block + BLOCK_SIZE; at < end; at += 16) {
    if (v128.any_true(v128.load(at))) return false;
  }
  return true;
}
