/** Content that may go from archive to image without passing through the core: the host copies it, and says so. */
import { ErrorCode } from "./abi";
import { BLOCK_SIZE, BlockStream } from "./block-stream";
import { fail } from "./host";
import { TarReader } from "./tar/reader";

/** Bytes that are worth a copy by the host. Measured: below a few megabytes its calls cost more than they save. */
const MIN_COPY: u64 = 2 * 1024 * 1024;

/** One for an image: memory is never given back. Bytes. */
export class Offer {
  /** Of the archive. */
  source: u64 = 0;
  /** Of the image. */
  target: u64 = 0;
  /** 0: nothing is on offer. */
  length: u64 = 0;

  clear(): void {
    this.length = 0;
  }

  /** What comes next. It begins with what `stream` holds of a block, so before the next byte. */
  make(reader: TarReader, stream: BlockStream): void {
    this.clear();
    if (reader.plainContent < MIN_COPY) return;
    const partial = stream.partial;
    this.source = reader.taken - partial;
    this.target = stream.position - partial;
    this.length = (reader.plainContent + partial) & ~(<u64>BLOCK_SIZE - 1);
  }

  /** The host has copied the first `length` bytes of what is on offer. @fails InvalidArgument  not whole blocks, or more */
  take(length: u64, reader: TarReader, stream: BlockStream): void {
    if (length == 0 || length % BLOCK_SIZE != 0 || length > this.length) {
      fail(ErrorCode.InvalidArgument, `core: ${length} bytes copied that were not on offer`);
    }
    const partial = stream.partial;
    stream.passOver(length);
    reader.passOver(length - partial);
  }
}
