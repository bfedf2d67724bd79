/**
 * Finished images and what is remembered of them, shared by all tabs of the origin.
 *
 * An image is there once the index says so, which it does when the file is whole; until then, and if its tab is killed, the
 * file is a leftover. What is damaged, or does not agree with its file, is as if it were not there.
 */
import { ErrorCode, ImageError } from "../../errors.ts";
import { Holds } from "./holds.ts";
import { ImageFiles } from "./image-files.ts";
import { IndexEntries } from "./index-entries.ts";
import { byLastUse, bytesOf, type Contents, type ImageRecord, type InputRecord, imageKey, useKey } from "./records.ts";

/** An image of the store, which stays there until it is released. */
export interface Held {
  readonly image: ImageRecord;
  readonly file: File;
  /** Resolves when it may be removed, unless others have it too. */
  release(): Promise<void>;
}

/** A finished image: all but what its file says. */
export type Finished = Omit<ImageRecord, "file" | "size" | "modified" | "made">;

/** What became of the images that were to be removed. */
export interface Cleared {
  readonly removed: number;
  /** Those in use: by this tab, or by others. */
  readonly kept: number;
}

export class Shelf {
  readonly #index: IndexEntries;
  readonly #files: ImageFiles;
  readonly #holds: Holds;

  /** @param maxBytes  of all images; those in use may pass it */
  constructor(
    name: string,
    readonly maxBytes: number,
  ) {
    this.#index = new IndexEntries(`layerkiln ${name}`);
    this.#files = new ImageFiles(["layerkiln", name]);
    this.#holds = new Holds(`layerkiln ${name}`);
  }

  contents(): Promise<Contents> {
    return this.#index.read();
  }

  /** The image `id`, if it is there as it was made. */
  async take(id: string): Promise<Held | undefined> {
    const image = (await this.contents()).images.get(id);
    if (image === undefined) return undefined;
    const held = await this.#hold(image);
    if (held)
      await this.#index.noteUse(id, Date.now()).catch(() => {}); // such as where there is no room: it is given out even so
    else await this.#forget(image);
    return held;
  }

  /**
   * Has `make` write an image into a file, which is kept if that succeeds, and gone if it does not.
   *
   * @param make  tells what it has made, and of what
   * @returns the image; that of another who has made the same meanwhile, if there is one
   */
  async make<Made extends { readonly image: Finished; readonly inputs: readonly InputRecord[] }>(
    make: (target: FileSystemFileHandle) => Promise<Made>,
  ): Promise<Made & { readonly held: Held }> {
    const name = crypto.randomUUID();
    const release = await this.#holds.hold(name);
    try {
      const made = await make(await this.#files.create(name));
      const file = await this.#files.open(name);
      if (file === undefined)
        throw new ImageError(ErrorCode.FailedPrecondition, "store: was cleared while it was written");
      const { size, lastModified: modified } = file;
      const image = { ...made.image, file: name, size, modified, made: Date.now() };
      const held = await this.#holds.onIndex(() => this.#add({ image, file, release }, made.inputs));
      if (held.image !== image) await this.#abandon(name, release);
      return { ...made, held };
    } catch (error) {
      await this.#abandon(name, release);
      throw error;
    }
  }

  /** @throws ImageError  NotFound; FailedPrecondition while it is in use */
  async remove(id: string): Promise<void> {
    await this.#holds.onIndex(async () => {
      const image = (await this.contents()).images.get(id);
      if (image === undefined) throw new ImageError(ErrorCode.NotFound, `store: has no image ${id}`);
      if (await this.#drop(image)) return this.#tidy();
      throw new ImageError(ErrorCode.FailedPrecondition, `store: image ${id} is in use, here or in another tab`);
    });
  }

  /** Removes all that nobody uses. */
  clear(): Promise<Cleared> {
    return this.#holds.onIndex(async () => {
      const cleared = { removed: 0, kept: 0 };
      for (const image of (await this.contents()).images.values()) {
        cleared[(await this.#drop(image)) ? "removed" : "kept"]++;
      }
      await this.#sweep();
      return cleared;
    });
  }

  /** Makes index and files agree, and keeps the bounds. */
  async sweep(): Promise<void> {
    await this.#holds.onIndex(() => this.#sweep());
  }

  /** Removes what was used last the longest ago, until all is within its bounds. */
  async makeRoom(): Promise<void> {
    await this.#holds.onIndex(() => this.#tidy());
  }

  async #hold(image: ImageRecord): Promise<Held | undefined> {
    const release = await this.#holds.hold(image.file);
    try {
      const file = await this.#open(image);
      if (file) return { image, file, release };
    } catch (error) {
      await release();
      throw error;
    }
    await release();
    return undefined;
  }

  /** Unless another has made it anew meanwhile. */
  async #forget({ id, file }: ImageRecord): Promise<void> {
    await this.#holds.onIndex(async () => {
      const image = (await this.contents()).images.get(id);
      if (image?.file === file) await this.#drop(image);
    });
  }

  /** The image's file, if nobody has touched it. */
  async #open({ file: name, size, modified }: ImageRecord): Promise<File | undefined> {
    const file = await this.#files.open(name);
    return file?.size === size && file.lastModified === modified ? file : undefined;
  }

  // What follows is done by who has the index alone.

  async #add(made: Held, inputs: readonly InputRecord[]): Promise<Held> {
    const other = (await this.contents()).images.get(made.image.id);
    const held = (other && (await this.#hold(other))) ?? made;
    await this.#index.add(held.image, inputs);
    await this.#tidy();
    return held;
  }

  /** @returns whether it is gone: nobody uses it */
  #drop({ id, file }: ImageRecord): Promise<boolean> {
    return this.#holds.unlessHeld(file, async () => {
      await this.#index.remove([imageKey(id), useKey(id)]);
      await this.#files.remove(file);
    });
  }

  async #tidy(): Promise<void> {
    const contents = await this.contents();
    let bytes = bytesOf(contents);
    for (const image of byLastUse(contents)) {
      if (bytes <= this.maxBytes) break;
      if (await this.#drop(image)) bytes -= image.size;
    }
    await this.#index.remove((await this.contents()).waste);
  }

  async #sweep(): Promise<void> {
    const known = new Set<string>();
    for (const image of (await this.contents()).images.values()) {
      known.add(image.file);
      if (!(await this.#open(image))) await this.#drop(image);
    }
    for (const name of await this.#files.names()) {
      if (!known.has(name)) await this.#holds.unlessHeld(name, () => this.#files.remove(name));
    }
    await this.#tidy();
  }

  /** What failed first is what the caller hears of; a file that stays is swept the next time. */
  async #abandon(name: string, release: () => Promise<void>): Promise<void> {
    await this.#files.remove(name).catch(() => {});
    await release();
  }
}
