/** One of two images, as far as it can be read: what is damaged in it is said, and the rest goes on. */
import { Fact, Structure } from "../../../assembly/abi.ts";
import { utf8Of } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { hexOf } from "../hex.ts";
import { readEntries } from "../image/entries.ts";
import { Image } from "../image/image.ts";
import { type Inspection, inspect, USES } from "../image/inspection.ts";
import { printable } from "../image/name.ts";
import { type Ext4Core, startReader } from "../image/reader-core.ts";
import type { RandomAccess } from "../random-access.ts";
import { parseAccount, type Told } from "./account.ts";

export { Structure };

/** Blocks that have one owner. Bytes of the disk. */
export interface OwnedRun {
  readonly at: number;
  readonly length: number;
  readonly use: (typeof USES)[keyof typeof USES];

  /** The inode; of metadata of a group, the group. */
  readonly owner: number;

  /** What the first block holds: of a file or an inode table, its block; of a bitmap, the first block or inode of the group. */
  readonly first: number;
}

/** An image that is so damaged may be all damage: more than this is not gone through. */
const MAX_DAMAGE = 1000;
/** Of it, what is told. */
const MAX_TOLD = 10;

export class ImageView {
  /** Sentences on what could not be read. */
  readonly damage: string[] = [];

  readonly inspection: Inspection | undefined;
  readonly image: Image | undefined;

  /** @param problem  why there is no core */
  private constructor(
    readonly file: RandomAccess,
    private readonly core: Ext4Core | undefined,
    readonly problem: string | undefined,
  ) {
    this.inspection = core && inspect(core, file.size);
    this.image = core && new Image(file, core);
  }

  /** @throws ImageError  what the system says of the file */
  static async open(file: RandomAccess): Promise<ImageView> {
    try {
      return new ImageView(file, await startReader(file, false), undefined);
    } catch (error) {
      if (isDamage(error)) return new ImageView(file, undefined, error.message);
      throw error;
    }
  }

  /** Bytes. */
  get blockSize(): number {
    return this.inspection?.filesystem.blockSize ?? USUAL_BLOCK_SIZE;
  }

  /** Group descriptors in a block. */
  get descriptorsPerBlock(): number {
    return this.blockSize / this.core!.ask(({ fact }) => fact(Fact.DescriptorSize));
  }

  /** What a structure says; nothing where it cannot be read. @param number  of the inode or the group */
  account(what: Structure, number: number): Told[] | undefined {
    return this.#try((core) => parseAccount(core.buffer(core.ask(({ account }) => account(what, number)))));
  }

  /** Names in one block of a directory, each with its inode. */
  entriesOf(directory: number, block: number): Told[] | undefined {
    return this.#try((core) => {
      const chunk = core.buffer(core.ask(({ listBlock }) => listBlock(directory, BigInt(block))));
      return [...readEntries(chunk)].map(({ nameBytes, inode }) => ({
        field: printable(nameBytes),
        value: `inode ${inode}`,
      }));
    });
  }

  /** The extended attributes of an inode, values in hex. */
  xattrsOf(inode: number): Told[] | undefined {
    return this.#try(() => {
      return [...this.image!.xattrs({ inode })].map(([name, value]) => ({
        field: printable(utf8Of(name)),
        value: `0x${hexOf(value)}`,
      }));
    });
  }

  /** Where the blocks of an inode stand. */
  extentsOf(inode: number): Told[] | undefined {
    return this.#try(() =>
      this.image!.extents({ inode }).map(({ logical, physical, count, written }) => ({
        field: `blocks from ${logical} on`,
        value: `${count} at ${physical}${written ? "" : ", not written"}`,
      })),
    );
  }

  /** What `question` answers; nothing, and a word on it, where that is damaged. */
  #try<T>(question: (core: Ext4Core) => T): T | undefined {
    if (this.core === undefined) return undefined;
    try {
      return question(this.core);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#note(error);
      return undefined;
    }
  }

  /** Whose every block of the filesystem is, in order. */
  *owners(): Generator<OwnedRun, void, undefined> {
    const { core } = this;
    if (core === undefined || !this.#gatherOwners(core)) return;
    const { blockSize } = this;
    while (core.ask(({ nextOwned }) => nextOwned())) {
      const record = core.buffer(RECORD_SIZE);
      const view = new DataView(record.buffer, record.byteOffset, record.length);
      const field = (index: number) => view.getFloat64(index * 8, true);
      const use = USES[field(2) as keyof typeof USES];
      yield { at: field(0) * blockSize, length: field(1) * blockSize, use, owner: field(3), first: field(4) };
    }
  }

  /** @returns whether it came to an end */
  #gatherOwners(core: Ext4Core): boolean {
    core.ask(({ startOwners }) => startOwners());
    for (let damaged = 0; damaged < MAX_DAMAGE; ) {
      try {
        while (core.ask(({ gatherOwners }) => gatherOwners())) {}
        return true;
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#note(error);
        damaged++;
      }
    }
    return false;
  }

  #note(error: ImageError): void {
    if (this.damage.length < MAX_TOLD && !this.damage.includes(error.message)) this.damage.push(error.message);
  }
}

const RECORD_SIZE = 5 * 8;
const USUAL_BLOCK_SIZE = 4096;

/** What is wrong with an image, and not with the machine or with us. */
export function isDamage(error: unknown): error is ImageError {
  return error instanceof ImageError && (error.code === ErrorCode.Corrupt || error.code === ErrorCode.Unsupported);
}
