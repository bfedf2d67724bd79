/** Alternate streams of the files of a CIM, as the host asks for them. */
import { ByteBuffer } from "./bytes/memory";
import { appendUtf16, appendUtf8 } from "./bytes/utf16";
import { MAX_NAME_UNITS } from "./cim/format";
import { CimReader } from "./cim/reader";
import { Content } from "./cim/reading/content";
import { File } from "./cim/reading/file";
import { LinkTable } from "./cim/reading/link-table";
import { isStreamName } from "./tree/windows/file-name";

/** Bytes that a unit of UTF-16 may become. */
const MOST_OF_UNIT: u32 = 3;
/** Bytes of a name as the host has it. */
export const MAX_NAME_LENGTH: u32 = MAX_NAME_UNITS * MOST_OF_UNIT;

export class CimStreams {
  private file: File;
  private streams: LinkTable;
  private content: Content;
  private text: ByteBuffer = new ByteBuffer();
  private nextIndex: u32 = 0;

  /** @param buffer  names go in, all else comes out */
  constructor(private reader: CimReader, private buffer: usize) {
    this.file = reader.newFile();
    this.streams = reader.newStreams();
    this.content = reader.newContent();
  }

  start(file: u32): void {
    this.nextIndex = 0;
    this.file.open(file);
    this.reader.openStreams(this.file, this.streams);
  }

  /** Opens the next stream, and puts its name into the buffer. @returns its bytes; 0: there is none */
  next(): u32 {
    const streams = this.streams;
    if (this.nextIndex >= streams.count) return 0;
    streams.readName(this.nextIndex);
    if (!isStreamName(streams.name, streams.nameUnits)) streams.refuseName();
    this.reader.openStreamAt(this.file, streams, this.nextIndex++, this.content);
    this.text.clear();
    appendUtf8(streams.name, streams.nameUnits, this.text);
    memory.copy(this.buffer, this.text.at, this.text.length);
    return this.text.length;
  }

  /** Opens the stream of a file that has the name in the buffer, whatever its case. @returns whether there is one */
  open(file: u32, length: u32): bool {
    this.start(file);
    if (!readName(this.buffer, length, this.text)) return false;
    const index = this.streams.find(this.text.at, this.text.length / 2);
    if (index < 0) return false;
    this.reader.openStreamAt(this.file, this.streams, <u32>index, this.content);
    return true;
  }

  /** Bytes of the stream that is open. */
  get size(): u64 {
    return this.content.size;
  }

  /** Puts bytes of the stream that is open into the buffer. @returns how many; 0: behind the end */
  read(at: u64, length: u32): u32 {
    return this.content.read(at, this.buffer, length);
  }
}

/** Reads a name of the host's into `into`, as units. @returns whether any file could have it */
export function readName(from: usize, length: u32, into: ByteBuffer): bool {
  into.clear();
  if (length > MAX_NAME_LENGTH || !appendUtf16(from, length, into, true)) return false;
  return into.length > 0;
}
