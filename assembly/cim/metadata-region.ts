/** The metadata region: objects one after another, each from a multiple of 8 on, with nothing between them but zeros. */
import { ByteStream } from "../byte-stream";
import { Sink } from "../sink";
import { OBJECT_ALIGNMENT } from "./format";
import { regionOffset } from "./layout";

const word = memory.data(8, 8);

export class MetadataRegion {
  private stream: ByteStream;

  /** @param region  its index among all */
  constructor(sink: Sink, readonly region: u32) {
    this.stream = new ByteStream(sink);
  }

  /** Byte of the region where the next will stand. */
  get position(): u64 {
    return this.stream.position;
  }

  /** What is appended next is an object. @returns its region offset */
  startObject(): u64 {
    this.stream.pad(OBJECT_ALIGNMENT);
    return regionOffset(this.region, this.stream.position);
  }

  append(from: usize, length: u32): void {
    this.stream.append(from, length);
  }

  append16(value: u16): void {
    store<u16>(word, value);
    this.stream.append(word, sizeof<u16>());
  }

  append32(value: u32): void {
    store<u32>(word, value);
    this.stream.append(word, sizeof<u32>());
  }

  append64(value: u64): void {
    store<u64>(word, value);
    this.stream.append(word, sizeof<u64>());
  }

  /** No more objects will come. @returns bytes of the region */
  close(): u64 {
    this.stream.pad(OBJECT_ALIGNMENT);
    this.stream.close();
    return this.stream.position;
  }
}
