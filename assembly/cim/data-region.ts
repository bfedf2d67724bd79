/**
 * The data region: contents as they come, each from a page on, equal ones once.
 *
 * What comes is looked at no closer than at its first 64 KiB, unless these were met before: then both are read in full, each
 * content at most once, whatever is sent. What turns out to be there already is taken back.
 */
import { ErrorCode } from "../abi";
import { BlockStream } from "../block-stream";
import { Fingerprint } from "../bytes/fingerprint";
import { fail } from "../host";
import { Content, ContentStore } from "../tree/windows/content";
import { ContentDigest } from "./content-digest";
import { ContentSample } from "./content-sample";
import { ContentTable, KnownContent } from "./content-table";
import { PAGE_SIZE, REGION_BYTE_MASK, StreamType } from "./format";
import { byteOf, regionOf, regionOffset } from "./layout";
import { RegionFile } from "./region-file";

/** Zeros need not be fed, so for more than these a content is not read again: its digest is made on the way. Bytes. */
const MAX_UNREAD_ZEROS: u64 = 64 * 1024;

const READ_SIZE: u32 = 64 * 1024;
const readBuffer = memory.data(64 * 1024, 16);

/** Where contents stand that are not in this region. */
export abstract class OtherRegions {
  /** As `ContentStore.read`. */
  abstract read(content: Content, at: u64, to: usize, length: u32): void;
}

export class DataRegion extends ContentStore {
  /** Contents that stand elsewhere, in a parent's regions. */
  others: OtherRegions | null = null;
  /** Of the samples of all that is in the region. */
  readonly fingerprint: Fingerprint = new Fingerprint();
  /** What of it passes here; others may write into the region too, where `isSampled` allows. */
  readonly stream: BlockStream;
  private sample: ContentSample = new ContentSample();
  private digest: ContentDigest = new ContentDigest();
  /** By their samples. A place of 0: it is among `digested`. */
  private sampled: ContentTable = new ContentTable();
  private digested: ContentTable = new ContentTable();
  // Of the content at hand.
  private start: u64 = 0;
  private length: u64 = 0;
  private zeroCount: u64 = 0;
  private isDigested: bool = false;

  /** @param region  its index among all, those of parents counted */
  constructor(private file: RegionFile, readonly region: u32) {
    super();
    const stream = new BlockStream(file, REGION_BYTE_MASK);
    stream.seek(PAGE_SIZE);
    this.stream = stream;
  }

  begin(length: u64): void {
    const start = this.stream.position;
    if (length > REGION_BYTE_MASK - start) {
      fail(ErrorCode.OutOfRange, `cim: ${length} bytes from byte ${start} on are more than a region may have`);
    }
    this.start = start;
    this.length = length;
    this.zeroCount = 0;
    this.isDigested = false;
    this.sample.begin();
  }

  /** Whether nothing more need be seen of the content at hand, before its end. */
  get isSampled(): bool {
    return this.sample.isFull && !this.isDigested;
  }

  /** The host itself has written before byte `end`. */
  reach(end: u64): void {
    this.file.reach(end);
  }

  append(from: usize, length: u32): void {
    this.stream.append(from, length);
    if (this.isDigested) return this.digest.append(from, length);
    if (this.sample.isFull) return;
    this.sample.append(from, length);
    if (this.sample.isFull && this.findAlike()) this.startDigest();
  }

  zeros(length: u64): void {
    this.stream.zeros(length);
    if (this.isDigested) return this.digest.zeros(length);
    this.sample.zeros(length);
    this.zeroCount += length;
    if (this.zeroCount > MAX_UNREAD_ZEROS) this.startDigest();
  }

  end(content: Content): void {
    assert(this.stream.position == this.start + this.length, "cim: content is not of the length that was said");
    this.stream.pad();
    content.length = this.length;
    content.kind = StreamType.Data;
    content.place = this.length > 0 ? regionOffset(this.region, this.settle()) : 0;
  }

  read(content: Content, at: u64, to: usize, length: u32): void {
    if (at > content.length || length > content.length - at) {
      fail(ErrorCode.Corrupt, `cim: ${length} bytes at ${at} are wanted of a content of ${content.length}`);
    }
    if (length == 0) return;
    if (regionOf(content.place) == this.region) this.readBack(byteOf(content.place) + at, to, length);
    else (this.others as OtherRegions).read(content, at, to, length);
  }

  /**
   * A content of `length` bytes that stands in another of the host's files, copied without passing through here but for
   * what is looked at.
   */
  copyFrom(file: u32, at: u64, length: u64, content: Content): void {
    this.begin(length);
    this.stream.flush();
    this.file.copyFrom(file, at, this.start, length);
    this.stream.passOver((length + (PAGE_SIZE - 1)) & ~(<u64>PAGE_SIZE - 1));
    for (let done: u64 = 0; done < length && !this.sample.isFull; ) {
      const some = <u32>min<u64>(length - done, READ_SIZE);
      this.file.read(this.start + done, readBuffer, some);
      this.sample.append(readBuffer, some);
      done += some;
    }
    content.length = length;
    content.kind = StreamType.Data;
    content.place = regionOffset(this.region, this.settle());
  }

  /** No more contents will come. There is one page of them at least. @returns bytes of the region */
  close(): u64 {
    const stream = this.stream;
    stream.flush();
    const size = max<u64>(stream.position, 2 * PAGE_SIZE);
    this.file.cut(size);
    this.file.close(size);
    return size;
  }

  /** Byte where the content at hand comes to stand; it is in the region as a whole. */
  private settle(): u64 {
    this.sample.end();
    const alike = this.findAlike();
    if (alike && !this.isDigested) this.startDigest();
    let place = this.start;
    if (this.isDigested) place = this.settleDigested(alike);
    if (!alike) this.sampled.add(this.sample.low, this.sample.high, this.length, this.isDigested ? 0 : place);
    if (place == this.start) {
      this.fingerprint.addValue(place, this.sample.low);
      this.fingerprint.addValue(this.length, this.sample.high);
    } else {
      this.stream.rewind(this.start);
      this.file.cut(this.start);
    }
    return place;
  }

  private settleDigested(alike: KnownContent | null): u64 {
    this.digest.end();
    const low = this.digest.low;
    const high = this.digest.high;
    if (alike && alike.place != 0) this.addDigested(alike);
    const known = this.digested.find(low, high, this.length);
    if (known) return known.place;
    this.digested.add(low, high, this.length, this.start);
    return this.start;
  }

  /** Moves a content from those known by their samples to those known by their digests. */
  private addDigested(content: KnownContent): void {
    this.digestRange(content.place, content.length);
    this.digest.end();
    this.digested.add(this.digest.low, this.digest.high, content.length, content.place);
    content.place = 0;
  }

  private findAlike(): KnownContent | null {
    return this.sampled.find(this.sample.low, this.sample.high, this.length);
  }

  /** From here on the digest of the content at hand is made on the way. */
  private startDigest(): void {
    this.isDigested = true;
    this.digestRange(this.start, min(this.stream.position - this.start, this.length));
  }

  private digestRange(at: u64, length: u64): void {
    this.digest.begin();
    for (let done: u64 = 0; done < length; ) {
      const some = <u32>min<u64>(length - done, READ_SIZE);
      this.readBack(at + done, readBuffer, some);
      this.digest.append(readBuffer, some);
      done += some;
    }
  }

  /** Bytes of the region, whether they have left or not. */
  private readBack(at: u64, to: usize, length: u32): void {
    const heldAt = this.stream.heldAt;
    const left = at < heldAt ? <u32>min<u64>(length, heldAt - at) : 0;
    if (left > 0) this.file.read(at, to, left);
    if (left < length) memory.copy(to + left, this.stream.heldByte(at + left), length - left);
  }
}
