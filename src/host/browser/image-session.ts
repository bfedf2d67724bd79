/** An image that is open in a worker: what the page asks of it, by the names of these methods. */
import type { CimInspection, NamedStream, WindowsStats } from "../cim/windows-stats.ts";
import { type DiskCore, startDiskCore } from "../disk-core.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { BlockOwners } from "../explain/block-owners.ts";
import type { BlockPlace } from "../explain/explanation.ts";
import type { BlockMap } from "../image/block-map.ts";
import { type Entry, type Image, imageIn, type Place } from "../image/image.ts";
import type { BlockRun, Extent, Inspection } from "../image/inspection.ts";
import { isCim } from "../image/opened-image.ts";
import type { Stats } from "../image/stats.ts";
import type { RandomAccess } from "../random-access.ts";
import { hashesOf, type TreeHashes, treeHashesOf } from "../tree-hashes.ts";
import { nextTurn } from "../turn.ts";
import { rootHashOf, type VerifyResult, verifyTree } from "../verity-tree.ts";
import type { CallContext } from "./calls.ts";
import { Once } from "./once.ts";
import type { OpenedSession } from "./operations/read.ts";
import { loadWasm } from "./wasm-files.ts";
import { openWebImage, type WebImageSource } from "./web-image-source.ts";

/** Bytes that become one Blob before more are read: the browser may then put them on disk. */
const PART = 16 * 1024 ** 2;

/** What is known of the hash tree without reading it whole. */
export type TreeSummary = Omit<TreeHashes, "hashBlock">;

export class ImageSession {
  readonly #owners = new Once<BlockOwners>();
  readonly #disk = new Once<DiskCore>();
  readonly #hashes = new Once<TreeHashes>();

  private constructor(
    private readonly image: Image,
    private readonly file: RandomAccess,
  ) {}

  static async open(source: WebImageSource, verify: boolean): Promise<ImageSession> {
    const opened = await openWebImage(source);
    await loadWasm(isCim(opened) ? "cim-reader.wasm" : "reader.wasm");
    return new ImageSession(await imageIn(opened, { verify }), opened.file);
  }

  about(): OpenedSession {
    return { format: this.image.format, size: this.file.size };
  }

  stat(_context: CallContext, place: Place, follow: boolean): Stats {
    return this.image.stat(place, { follow });
  }

  list(_context: CallContext, place: Place): Entry[] {
    return [...this.image.list(place)];
  }

  parentOf(_context: CallContext, place: Place): number {
    return this.image.parentOf(place);
  }

  /** Of a file, at most 512 KiB; empty behind the end. */
  piece({ transfer }: CallContext, place: Place, at: number): Uint8Array {
    const piece = this.image.peek(place, at).slice();
    transfer.push(piece.buffer);
    return piece;
  }

  async blob({ signal, onProgress }: CallContext, place: Place): Promise<Blob> {
    const { size } = this.image.stat(place, { follow: true });
    const parts: Blob[] = [];
    for (let at = 0; at === 0 || at < size; at += PART) {
      parts.push(new Blob([...this.image.read(place, at, at + PART)] as BlobPart[]));
      onProgress({ bytesRead: Math.min(at + PART, size), totalBytes: size });
      await nextTurn();
      signal.throwIfAborted();
    }
    return new Blob(parts);
  }

  readlink(_context: CallContext, place: Place): Uint8Array {
    return this.image.readlink(place);
  }

  xattrs(_context: CallContext, place: Place): Map<string, Uint8Array> {
    return this.image.xattrs(place);
  }

  extents(_context: CallContext, place: Place): Extent[] {
    return this.image.extents(place);
  }

  windows(_context: CallContext, place: Place): WindowsStats {
    return this.image.windows(place);
  }

  streams(_context: CallContext, place: Place): NamedStream[] {
    return this.image.streams(place);
  }

  inspect(): Inspection {
    return this.image.inspect();
  }

  inspectCim(): CimInspection {
    return this.image.inspectCim();
  }

  blocks(): BlockRun[] {
    return this.image.blocks();
  }

  blockMap({ transfer }: CallContext): BlockMap {
    const map = this.image.blockMap();
    transfer.push(map.starts.buffer, map.uses.buffer, map.owners.buffer);
    return map;
  }

  /** @param block  of the disk, in blocks of the filesystem */
  async placeOf(_context: CallContext, block: number): Promise<BlockPlace> {
    this.#assertIsDisk();
    const owners = await this.#owners.get(() => BlockOwners.gather(this.file));
    return owners.placeOf(block);
  }

  async hashTree(context: CallContext): Promise<TreeSummary> {
    const { hashBlock: _, ...summary } = await this.#treeHashes(context);
    return summary;
  }

  async hashes(context: CallContext, level: number, first: number, count: number): Promise<Uint8Array> {
    const digests = hashesOf(await this.#treeHashes(context), level, first, count);
    context.transfer.push(digests.buffer);
    return digests;
  }

  async verify({ signal, onProgress }: CallContext, rootHash: string): Promise<VerifyResult> {
    this.#assertIsDisk();
    const root = rootHashOf(rootHash);
    await loadWasm("disk.wasm");
    const core = await startDiskCore(this.file); // of its own: one core is at one tree at a time
    return verifyTree(core, "image", root, { signal, onProgress });
  }

  close(): void {
    this.image.close();
  }

  async #treeHashes({ signal, onProgress }: CallContext): Promise<TreeHashes> {
    const core = await this.#diskCore();
    return this.#hashes.get(async () => {
      await loadWasm("core.wasm");
      return treeHashesOf(core, { signal, onProgress });
    });
  }

  #diskCore(): Promise<DiskCore> {
    this.#assertIsDisk();
    return this.#disk.get(async () => {
      await loadWasm("disk.wasm");
      return startDiskCore(this.file);
    });
  }

  #assertIsDisk(): void {
    if (this.image.format === "ext4") return;
    throw new ImageError(ErrorCode.Unsupported, "image: is a CIM, which has no blocks");
  }
}
