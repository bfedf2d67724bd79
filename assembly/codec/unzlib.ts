/**
 * zlib, read: one stream, and zeros behind it, as behind gzip.
 *
 * Source: RFC 1950.
 */
import { ErrorCode } from "../abi";
import { adler32 } from "../bytes/adler32";
import { fail } from "../host";
import { BitReader } from "./bit-reader";
import { DeflateStream, hex } from "./deflate-stream";

const DEFLATE: u32 = 8;
/** The largest "CINFO": 32 KiB. */
const MAX_WINDOW: u32 = 7;
/** "FDICT", of "FLG". */
const HAS_DICTIONARY: u32 = 1 << 5;
/** Of nothing. */
const EMPTY_SUM: u32 = 1;

/** What comes next. */
const enum Step {
  Header,
  Data,
  Sum,
  Padding,
}

/** Whether "CMF" and "FLG" are those of a stream that the format allows. */
export function isZlib(cmf: u32, flg: u32): bool {
  return (cmf & 0xf) == DEFLATE && cmf >> 4 <= MAX_WINDOW && isChecked(cmf, flg);
}

/** By "FCHECK". */
function isChecked(cmf: u32, flg: u32): bool {
  return ((cmf << 8) | flg) % 31 == 0;
}

export class Unzlib extends DeflateStream {
  private step: Step = Step.Header;
  private adler: u32 = EMPTY_SUM;

  constructor() {
    super(new BitReader("zlib"));
  }

  protected get mayEnd(): bool {
    return this.step == Step.Padding;
  }

  protected add(from: usize, length: u32): void {
    this.adler = adler32(this.adler, from, length);
  }

  /** @returns whether the step could be done */
  protected go(): bool {
    switch (this.step) {
      case Step.Header:
        return this.readHeader();
      case Step.Data:
        return this.inflateOn();
      case Step.Sum:
        return this.compareSum();
      default:
        return this.passPadding("data behind the end of the stream");
    }
  }

  /** The window's size is a bound for who has little memory. As zlib does, we let matches reach past it. */
  private readHeader(): bool {
    const reader = this.reader;
    if (!reader.has(16)) return false;
    const cmf = reader.take(8);
    const flg = reader.take(8);
    if (!isChecked(cmf, flg)) reader.fail(`header ${cmf}, ${flg}: its checksum is wrong`, 2);
    if (!isZlib(cmf, flg)) {
      reader.fail(`method ${cmf & 0xf}, window ${cmf >> 4}: it is DEFLATE, ${DEFLATE}, with a window of up to ${MAX_WINDOW}`, 2);
    }
    if (flg & HAS_DICTIONARY) fail(ErrorCode.Unsupported, "zlib: at byte 1: it needs a dictionary, which it has not with it");
    this.beginData();
    this.step = Step.Data;
    return true;
  }

  private inflateOn(): bool {
    if (!this.readData()) return false;
    this.step = Step.Sum;
    return true;
  }

  private compareSum(): bool {
    const reader = this.reader;
    if (!reader.has(32)) return false;
    const stored = bswap<u32>(reader.take(32));
    if (stored != this.adler) reader.fail(`checksum ${hex(stored)}, computed ${hex(this.adler)}`, 4);
    this.step = Step.Padding;
    return true;
  }
}
