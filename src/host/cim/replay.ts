/** Tells the system's writer of CIMs a tree that we have read: each directory before what is in it, each file under its first name. */
import type { Entry, Image } from "../image/image.ts";
import { directories, joinPath } from "../image/walk.ts";
import type { CimImage } from "../windows.ts";
import { type ForkChanges, toWindowsPath } from "./fork-changes.ts";
import { decodeWtf8 } from "./wtf8.ts";

/** One without owner and with a null DACL, as a file has of which a layer says nothing: hcsshim gives Windows the same. */
const NO_DESCRIPTOR = Buffer.from("0100048000000000000000000000000000000000", "hex");

/** The root itself is left out: every image of Windows's has one. */
export class Replay {
  /** Paths that files have in the target, by their numbers in the image. */
  readonly #paths = new Map<number, string>();

  constructor(
    private readonly image: Image,
    private readonly target: CimImage,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @param changes  what the target lacks, if it is a fork; all else is there */
  async run(changes?: ForkChanges): Promise<void> {
    if (changes !== undefined) this.#meetUnchanged(changes);
    for (const path of changes?.deleted ?? []) {
      this.signal?.throwIfAborted();
      await this.target.delete(path);
    }
    for (const [path, entry] of this.#names()) {
      if (changes === undefined || changes.changed.has(path)) await this.#add(path, entry);
    }
  }

  /** New names may be those of files that the parent has. */
  #meetUnchanged({ changed }: ForkChanges): void {
    for (const [path, { inode }] of this.#names()) {
      if (!changed.has(path)) this.#paths.set(inode, path);
    }
  }

  async #add(path: string, { inode, type }: Entry): Promise<void> {
    const first = this.#paths.get(inode);
    if (first !== undefined) return this.target.addLink(path, first);
    this.#paths.set(inode, path);
    const { securityDescriptor, ...stats } = this.image.windows({ inode });
    const descriptor = securityDescriptor.length > 0 ? securityDescriptor : NO_DESCRIPTOR;
    const size = type === "file" ? this.image.stat({ inode }).size : 0;
    const content = size > 0 ? this.image.read({ inode }) : [];
    await this.target.addFile(path, { ...stats, securityDescriptor: descriptor, size }, this.#stoppable(content));
    for (const { nameBytes, size } of this.image.streams({ inode })) {
      const bytes = this.image.readStream({ inode }, nameBytes);
      await this.target.addStream(path, decodeWtf8(nameBytes), size, this.#stoppable(bytes));
    }
  }

  *#names(): Generator<[path: string, entry: Entry]> {
    for (const { path, entries } of directories(this.image, "/", Buffer.alloc(0))) {
      this.signal?.throwIfAborted();
      for (const entry of entries) yield [toWindowsPath(joinPath(path, entry.nameBytes).subarray(1)), entry];
    }
  }

  *#stoppable(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    this.signal?.throwIfAborted();
    for (const piece of pieces) {
      yield piece;
      this.signal?.throwIfAborted();
    }
  }
}
