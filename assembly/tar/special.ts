/** Entries that only describe the next one: records, long names, long targets. */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { fail } from "../host";
import { BLOCK_SIZE, MAX_SPECIAL_SIZE, SpecialType } from "./format";
import { HeaderRecords } from "./pax";
import { verifyPairs } from "./sparse";

/** `begin`, `append` until the body is whole, `end`; once more for each; `clear` when the entry they describe is done. */
export class Special {
  /** A SpecialType: of the last body. */
  type: i32 = 0;
  readonly records: HeaderRecords = new HeaderRecords();
  longName: ByteBuffer = new ByteBuffer();
  longLink: ByteBuffer = new ByteBuffer();
  private recordsBody: ByteBuffer = new ByteBuffer();
  private body: ByteBuffer = new ByteBuffer();
  private headerAt: u64 = 0;

  /** @fails Corrupt  `size` is past a megabyte */
  begin(type: i32, size: u64, headerAt: u64): void {
    if (size > MAX_SPECIAL_SIZE) {
      fail(ErrorCode.Corrupt, `tar: header at ${headerAt}: extended header of ${size} bytes, past ${MAX_SPECIAL_SIZE}`);
    }
    this.type = type;
    this.headerAt = headerAt;
    this.body.clear();
  }

  append(from: usize, length: u32): void {
    this.body.append(from, length);
  }

  /** The body takes its place; one of the same type before it is forgotten. @fails Corrupt  records that are not sound */
  end(): void {
    const body = this.body;
    switch (this.type) {
      case SpecialType.LongName:
        this.body = this.longName;
        this.longName = body;
        break;
      case SpecialType.LongLink:
        this.body = this.longLink;
        this.longLink = body;
        break;
      default:
        this.body = this.recordsBody;
        this.recordsBody = body;
        this.records.parse(body.at, body.length, this.headerAt + BLOCK_SIZE);
        verifyPairs(this.records);
    }
  }

  clear(): void {
    this.records.clear();
    this.longName.clear();
    this.longLink.clear();
  }
}
