/** A blob as it comes: in a file of its own until it is whole and verified. What came before a break is not asked for again. */
import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  constants,
  createReadStream,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { toImageError } from "../errors.ts";
import type { Lock } from "../lock-file.ts";
import { syncDirectory } from "../sync-directory.ts";
import { againWhileInUse } from "../while-in-use.ts";
import type { Descriptor } from "./descriptor.ts";
import { parseDigest } from "./digest.ts";

const READ_SIZE = 1024 ** 2;

export interface BlobPartPlace {
  /** Where it stands as long as it is a part. */
  readonly path: string;

  /** Where it stands when it is whole. */
  readonly whole: string;

  readonly blob: Descriptor;

  /** On `path`: released with it. */
  readonly lock: Lock;
}

export class BlobPart {
  /** Bytes that are there. */
  size = 0;

  #file: number;
  #hash: Hash;
  #isMixed = false;

  private constructor(private readonly place: BlobPartPlace) {
    this.#file = openSync(place.path, constants.O_RDWR | constants.O_CREAT, 0o666);
    this.#hash = hashOf(place.blob);
  }

  /** With what an earlier process left. */
  static async open(place: BlobPartPlace, signal: AbortSignal | undefined): Promise<BlobPart> {
    const part = new BlobPart(place);
    try {
      const there = sizeOf(place.path) ?? 0;
      if (there > place.blob.size) part.restart();
      else if (there > 0) await part.#takeUp(there, signal);
      return part;
    } catch (error) {
      part.#close();
      throw error;
    }
  }

  /** Whether not all of it came by one answer of this moment: a wrong digest may be the fault of what was there before. */
  get isMixed(): boolean {
    return this.#isMixed;
  }

  /** What is written from here on comes by another answer than what is there. */
  beginPiece(): void {
    this.#isMixed ||= this.size > 0;
  }

  write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        // Where it counts: a write that failed may have left bytes behind.
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.size + done);
      }
    } catch (error) {
      throw toImageError(this.place.path, error);
    }
    this.#hash.update(bytes);
    this.size += bytes.length;
  }

  /** Forgets what there is. */
  restart(): void {
    ftruncateSync(this.#file, 0);
    this.size = 0;
    this.#hash = hashOf(this.place.blob);
    this.#isMixed = false;
  }

  /** The digest of what there is, by the algorithm of the blob's own. */
  get digest(): string {
    return digestOf(this.#hash.copy(), this.place.blob);
  }

  /** Gives it the blob's name. To be called when size and digest are right. */
  async commit(): Promise<void> {
    const { path, whole } = this.place;
    try {
      if (this.#file >= 0) fsyncSync(this.#file); // else an earlier try came as far as this
      this.#close();
      mkdirSync(dirname(whole), { recursive: true });
      againWhileInUse(() => renameSync(path, whole));
      await syncDirectory(dirname(whole));
    } catch (error) {
      throw toImageError(whole, error);
    }
  }

  /** Leaves what there is for the next, unless it is nothing. */
  release(): void {
    this.#close();
    if (sizeOf(this.place.path) === 0) rmSync(this.place.path, { force: true });
    this.place.lock.release();
  }

  async #takeUp(size: number, signal: AbortSignal | undefined): Promise<void> {
    await updateFrom(this.#hash, this.place.path, signal);
    this.size = size;
    this.#isMixed = true;
  }

  #close(): void {
    if (this.#file < 0) return;
    closeSync(this.#file);
    this.#file = -1;
  }
}

/** The digest of the file at `path`, by the algorithm of `blob`'s. */
export async function fileDigest(path: string, blob: Descriptor, signal: AbortSignal | undefined): Promise<string> {
  const hash = hashOf(blob);
  await updateFrom(hash, path, signal);
  return digestOf(hash, blob);
}

/** Bytes of the regular file at `path`. @returns undefined where there is none */
export function sizeOf(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? stats.size : undefined;
}

function hashOf({ digest }: Descriptor): Hash {
  return createHash(parseDigest(digest, "blob").algorithm);
}

function digestOf(hash: Hash, { digest }: Descriptor): string {
  return `${parseDigest(digest, "blob").algorithm}:${hash.digest("hex")}`;
}

async function updateFrom(hash: Hash, path: string, signal: AbortSignal | undefined): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: READ_SIZE })) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
}
