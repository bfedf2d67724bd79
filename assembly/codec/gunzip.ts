/**
 * gzip, read: members one behind another, and zeros behind the last, with which tapes and some registries fill up.
 *
 * Source: RFC 1952.
 */
import { crc32 } from "../bytes/crc32";
import { BitReader } from "./bit-reader";
import { Decompressor } from "./decompressor";
import { GzipHeader } from "./gzip-header";
import { Inflate } from "./inflate";
import { Window } from "./window";

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

export class Gunzip extends Decompressor {
  private reader: BitReader = new BitReader("gzip");
  private window: Window = new Window();
  private header: GzipHeader = new GzipHeader(this.reader);
  private inflate: Inflate = new Inflate(this.reader, this.window);
  private step: Step = Step.Member;
  private members: u32 = 0;
  /** Of the member at hand, but for what the window holds behind `summed`. */
  private crc: u32 = 0;
  private size: u32 = 0;
  private summed: usize = 0;

  give(from: usize, length: u32): void {
    this.reader.give(from, length);
  }

  next(): u32 {
    const window = this.window;
    window.slide();
    this.summed = window.fresh;
    while (!window.isFull && this.go()) {}
    this.sum();
    return <u32>(window.at - window.fresh);
  }

  get piece(): usize {
    return this.window.fresh;
  }

  finish(): void {
    const mayEnd = this.step == Step.Padding || (this.step == Step.Member && this.members > 0);
    if (!mayEnd) this.reader.failAtEnd();
  }

  /** @returns whether the step could be done */
  private go(): bool {
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
        return this.passPadding();
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
    this.inflate.begin();
    this.step = Step.Data;
    return true;
  }

  private inflateOn(): bool {
    if (!this.inflate.run()) return false;
    this.sum();
    this.reader.align();
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

  private passPadding(): bool {
    const reader = this.reader;
    if (!reader.has(8)) return false;
    if (reader.take(8) != 0) reader.fail("data after the padding of the last member", 1);
    return true;
  }

  /** Adds what is new in the window to the member's checksum and length, while it is in the cache. */
  private sum(): void {
    const length = <u32>(this.window.at - this.summed);
    this.crc = crc32(this.crc, this.summed, length);
    this.size += length;
    this.summed = this.window.at;
  }
}

function hex(crc: u32): string {
  return "0x" + crc.toString(16).padStart(8, "0");
}
