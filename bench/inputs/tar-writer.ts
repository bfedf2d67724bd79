/**
 * Writes tars as fast as a million entries ask for: headers are stamped from a template into one buffer.
 *
 * Source: GNU tar manual, "Basic Tar Format".
 */
import { closeSync, openSync, writeSync } from "node:fs";

const BLOCK_SIZE = 512;
const BUFFER_SIZE = 4 * 1024 * 1024;
/** The time that entries have unless told otherwise. Unix seconds. */
const MODIFIED = 1_700_000_000;

const NAME_WIDTH = 100;
const MODE = 100;
const UID = 108;
const GID = 116;
const SIZE = 124;
const MTIME = 136;
const CHECKSUM = 148;
const TYPE = 156;
const LINK_NAME = 157;
const MAGIC = 257;

export const EntryType = { File: "0", Symlink: "2", Directory: "5", LongLinkName: "K", LongName: "L" } as const;

export interface Entry {
  readonly name: string;
  readonly type?: string;
  /** Bytes that `write` will be given. */
  readonly size?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly linkName?: string;
}

const TEMPLATE = Buffer.alloc(BLOCK_SIZE);
TEMPLATE.write("ustar  ", MAGIC, "latin1");

export class TarWriter {
  /** Entries added so far. */
  entries = 0;

  readonly #file: number;
  readonly #buffer = Buffer.alloc(BUFFER_SIZE);
  #length = 0;
  #bodySize = 0;
  #bodyLeft = 0;

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  directory(name: string): void {
    this.add({ name: `${name}/`, type: EntryType.Directory, mode: 0o755 });
  }

  file(name: string, body: Uint8Array): void {
    this.add({ name, size: body.length });
    this.write(body);
  }

  add(entry: Entry): void {
    const { name, linkName = "" } = entry;
    if (Buffer.byteLength(linkName) > NAME_WIDTH) this.#addLong(EntryType.LongLinkName, linkName);
    if (Buffer.byteLength(name) > NAME_WIDTH) this.#addLong(EntryType.LongName, name);
    this.#addHeader(entry);
    this.entries++;
  }

  /** Takes the next `bytes` of the entry that was added last, in as many pieces as one likes. */
  write(bytes: Uint8Array): void {
    this.#put(bytes);
    this.#bodyLeft -= bytes.length;
    if (this.#bodyLeft === 0) this.#zeros((BLOCK_SIZE - (this.#bodySize % BLOCK_SIZE)) % BLOCK_SIZE);
  }

  close(): void {
    this.#zeros(2 * BLOCK_SIZE);
    this.#flush();
    closeSync(this.#file);
  }

  /** The entry before an entry that holds a name too long for its field. */
  #addLong(type: string, text: string): void {
    const body = Buffer.from(`${text}\0`);
    this.#addHeader({ name: "././@LongLink", type, size: body.length });
    this.write(body);
  }

  #addHeader({ name, type, size, mode, uid, gid, mtime, linkName }: Entry): void {
    if (this.#bodyLeft !== 0) throw new Error(`tar: ${name} comes while ${this.#bodyLeft} bytes are missing before it`);
    this.#room(BLOCK_SIZE);
    const buffer = this.#buffer;
    const at = this.#length;
    buffer.set(TEMPLATE, at);
    buffer.write(name, at, NAME_WIDTH);
    putOctal(buffer, at + MODE, 7, mode ?? 0o644);
    putOctal(buffer, at + UID, 7, uid ?? 0);
    putOctal(buffer, at + GID, 7, gid ?? 0);
    putOctal(buffer, at + SIZE, 11, size ?? 0);
    putOctal(buffer, at + MTIME, 11, mtime ?? MODIFIED);
    buffer.write(type ?? EntryType.File, at + TYPE, 1, "latin1");
    if (linkName) buffer.write(linkName, at + LINK_NAME, NAME_WIDTH);
    putChecksum(buffer, at);
    this.#length += BLOCK_SIZE;
    this.#bodySize = size ?? 0;
    this.#bodyLeft = this.#bodySize;
  }

  #put(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      this.#room(1);
      const piece = bytes.subarray(done, done + BUFFER_SIZE - this.#length);
      this.#buffer.set(piece, this.#length);
      this.#length += piece.length;
      done += piece.length;
    }
  }

  #zeros(count: number): void {
    this.#room(count);
    this.#buffer.fill(0, this.#length, this.#length + count);
    this.#length += count;
  }

  #room(count: number): void {
    if (this.#length + count > BUFFER_SIZE) this.#flush();
  }

  #flush(): void {
    for (let done = 0; done < this.#length; ) {
      done += writeSync(this.#file, this.#buffer, done, this.#length - done);
    }
    this.#length = 0;
  }
}

function putOctal(buffer: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let i = digits - 1; i >= 0; i--) {
    buffer[at + i] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/** The sum of the header's bytes, its own field as spaces. */
function putChecksum(buffer: Buffer, at: number): void {
  buffer.fill(0x20, at + CHECKSUM, at + CHECKSUM + 8);
  let sum = 0;
  for (let i = at; i < at + BLOCK_SIZE; i++) sum += buffer[i]!;
  putOctal(buffer, at + CHECKSUM, 6, sum);
  buffer[at + CHECKSUM + 6] = 0;
}
