/** Bytes that are an image already, and only pass through to the containers around it. */
import { BlockStream } from "./block-stream";
import { Sink } from "./sink";

export class RawImage {
  private stream: BlockStream;

  constructor(private sink: Sink) {
    this.stream = new BlockStream(sink, i64.MAX_VALUE);
  }

  feed(from: usize, length: u32): void {
    this.stream.append(from, length);
  }

  skip(length: u64): void {
    this.stream.zeros(length);
  }

  finish(): void {
    this.stream.flush();
    this.sink.close(this.stream.position);
  }
}
