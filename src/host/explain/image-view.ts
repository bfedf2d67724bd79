/** One of two images, as far as it can be read: what is damaged in it is said, and the rest goes on. */
import { Fact, Structure } from "../../../assembly/abi.ts";
import { utf8Of } from "../bytes.ts";
import type { ImageError } from "../errors.ts";
import { hexOf } from "../hex.ts";
import { isDamage } from "../image/damage.ts";
import { readEntries } from "../image/entries.ts";
import { Image } from "../image/image.ts";
import { type Inspection, inspect } from "../image/inspection.ts";
import { printable } from "../image/name.ts";
import { type OwnedRun, readOwnedRuns } from "../image/owned-runs.ts";
import { type Ext4Core, startReader } from "../image/reader-core.ts";
import type { RandomAccess } from "../random-access.ts";
import { parseAccount, type Told } from "./account.ts";

export { Structure };

/** Damage that is told of. */
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

  /** Bytes of the disk; of the file, where what is in it cannot be told. */
  get diskSize(): number {
    return this.inspection?.diskSize ?? this.file.size;
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
    if (this.core) yield* readOwnedRuns(this.core, this.blockSize, (error) => this.#note(error));
  }

  #note(error: ImageError): void {
    if (this.damage.length < MAX_TOLD && !this.damage.includes(error.message)) this.damage.push(error.message);
  }
}

const USUAL_BLOCK_SIZE = 4096;
