/**
 * gzip, read: members one behind another, and zeros behind the last, with which tapes and some registries fill up.
 *
 * Source: RFC 1952.
 */
import { crc32 } from "../bytes/crc32";
import { BitReader } from "./bit-reader";
import { DeflateStream, hex } from "./deflate-stream";
import { GzipHeader } from "./gzip-header";

/** What comes next. */
const enum Step {
  /** The first byte of a member, of zeros, or nothing. */
  Member,
  Header,
  Data,
  Crc,
  Size,
  Padding,
}

export class Gunzip extends DeflateStream {
  private header: GzipHeader;
  private step: Step = Step.Member;
  private members: u32 = 0;
  /** Of the member at hand. */
  private crc: u32 = 0;
  private size: u32 = 0;

  constructor() {
    const reader = new BitReader("gzip");
    super(reader);
    this.header = new GzipHeader(reader);
  }

  protected get mayEnd(): bool {
    return this.step == Step.Padding || (this.step == Step.Member && this.members > 0);
  }

  protected add(from: usize, length: u32): void {
    this.crc = crc32(this.crc, from, length);
    this.size += length;
  }

  /** @returns whether the step could be done */
  protected go(): bool {
    switch (this.step) {
      case Step.Member:
        return this.begin();
      case Step.Header:
        return this.readHeader();
      case Step.Data:
        return this.inflateOn();
      case Step.Crc:
        return this.compareCrc();
      case Step.Size:
        return this.compareSize();
      default:
        return this.passPadding("data after the padding of the last member");
    }
  }

  private begin(): bool {
    if (!this.reader.has(8)) return false;
    if (this.members > 0 && (this.reader.bits & 0xff) == 0) this.step = Step.Padding;
    else {
      this.header.begin();
      this.step = Step.Header;
    }
    return true;
  }

  private readHeader(): bool {
    if (!this.reader.has(8)) return false;
    if (!this.header.take(this.reader.take(8))) return true;
    this.members++;
    this.crc = 0;
    this.size = 0;
    this.beginData();
    this.step = Step.Data;
    return true;
  }

  private inflateOn(): bool {
    if (!this.readData()) return false;
    this.step = Step.Crc;
    return true;
  }

  private compareCrc(): bool {
    const reader = this.reader;
    if (!reader.has(32)) return false;
    const stored = reader.take(32);
    if (stored != this.crc) reader.fail(`checksum ${hex(stored)}, computed ${hex(this.crc)}`, 4);
    this.step = Step.Size;
    return true;
  }

  private compareSize(): bool {
    const reader = this.reader;
    if (!reader.has(32)) return false;
    const stored = reader.take(32);
    if (stored != this.size) reader.fail(`length ${stored}, found ${this.size}, both modulo 2^32`, 4);
    this.step = Step.Member;
    return true;
  }
}
