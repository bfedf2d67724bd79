/**
 * Writes OCI image layouts: blobs first, each under its name when it is whole and verified, and then the index that names them.
 *
 * Several processes may write into one layout. What is under way stands in `ingest/`, as in containerd's content store, and
 * stays there when a process dies, for the next to go on with. Nothing else of the layout is ever half made.
 *
 * Source: OCI image format specification 1.1, "Image Layout Specification", "Annotations".
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ErrorCode, ImageError, isError, toImageError } from "../errors.ts";
import { acquireLock, type Lock } from "../lock-file.ts";
import type { LockFile } from "../platform.ts";
import { syncDirectory } from "../sync-directory.ts";
import { againWhileInUse } from "../while-in-use.ts";
import { BlobPart, fileDigest, sizeOf } from "./blob-part.ts";
import { verifyBlob } from "./blob-store.ts";
import type { Descriptor } from "./descriptor.ts";
import { parseDigest } from "./digest.ts";
import { OCI_INDEX } from "./document-type.ts";
import { JsonObject } from "./json-object.ts";
import { annotationsOf, formatDescriptor, readLayoutIndex } from "./layout-index.ts";

const VERSION = "1.0.0";

/** What there is of a layout in which no image is whole yet. */
const BEFORE_ITS_END: readonly string[] = ["blobs", "ingest"];

/** For how long another process may have a blob, or the index, and get nowhere. Milliseconds. */
const PATIENCE = 60_000;

export class LayoutWriter {
  readonly #ingest: string;

  private constructor(
    private readonly directory: string,
    private readonly lockFile: LockFile | undefined,
  ) {
    this.#ingest = join(directory, "ingest");
  }

  /**
   * Opens the layout `directory`, which is made with the first that is written unless it is there.
   *
   * @param lockFile  the system's own, from a `Platform`
   * @throws ImageError  FailedPrecondition: something else is in that directory; Unsupported: a layout of another version
   */
  static open(directory: string, lockFile?: LockFile): LayoutWriter {
    const names = namesIn(directory);
    if (names.includes("oci-layout")) assertVersion(join(directory, "oci-layout"));
    else if (names.some((name) => !BEFORE_ITS_END.includes(name))) throw otherwiseUsed(directory);
    return new LayoutWriter(directory, lockFile);
  }

  /** Whether a blob is there, and is what its descriptor says. */
  async has(blob: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const path = this.#pathOf(blob);
    try {
      return sizeOf(path) === blob.size && (await fileDigest(path, blob, signal)) === blob.digest;
    } catch (error) {
      signal?.throwIfAborted();
      throw toImageError(path, error);
    }
  }

  /** A blob that is there. @throws ImageError  NotFound */
  read(blob: Descriptor): Uint8Array {
    const path = this.#pathOf(blob);
    try {
      return readFileSync(path);
    } catch (error) {
      throw toImageError(path, error);
    }
  }

  /**
   * What there is of a blob, to go on with. While another process has it, we wait.
   *
   * @returns undefined: it is there by now
   */
  async openPart(blob: Descriptor, signal?: AbortSignal): Promise<BlobPart | undefined> {
    const path = join(this.#ingest, blob.digest.replace(":", "-"));
    const lock = await this.#lock(path, signal);
    try {
      if (!(await this.has(blob, signal))) {
        return await BlobPart.open({ path, whole: this.#pathOf(blob), blob, lock }, signal);
      }
      rmSync(path, { force: true }); // it came by another way
      lock.release();
      return undefined;
    } catch (error) {
      lock.release();
      signal?.throwIfAborted();
      throw toImageError(path, error);
    }
  }

  /** Writes a blob that is small. @throws ImageError  Corrupt: it is not what its descriptor says */
  async write(blob: Descriptor, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    await verifyBlob(blob, bytes);
    const part = await this.openPart(blob, signal);
    if (part === undefined) return;
    try {
      part.restart();
      part.write(bytes);
      await part.commit();
    } finally {
      part.release();
    }
  }

  /**
   * Names an image whose blobs are all there. Other images of the layout stay; one of the same name does not.
   *
   * @param image  its annotations hold the name
   * @param key    the annotation that is the whole name
   */
  async nameImage(image: Descriptor, key: string, signal?: AbortSignal): Promise<void> {
    const indexWith = (path: string) => {
      const index = readLayoutIndex(path);
      const others = index.manifests.filter((entry) => annotationsOf(entry)[key] !== image.annotations?.[key]);
      const manifests = [...others, formatDescriptor(image)];
      return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, ...index, manifests });
    };
    if (sizeOf(join(this.directory, "oci-layout")) === undefined) {
      await this.#replace("oci-layout", () => JSON.stringify({ imageLayoutVersion: VERSION }), signal);
    }
    await this.#replace("index.json", indexWith, signal);
  }

  /** Takes away what nobody works on. */
  close(): void {
    try {
      rmdirSync(this.#ingest);
    } catch {} // something is in it, ours or another's, or it is gone
  }

  #pathOf({ digest }: Descriptor): string {
    const { algorithm, hex } = parseDigest(digest, "blob");
    return join(this.directory, "blobs", algorithm, hex);
  }

  /** Waits for as long as whoever has it gets on with it. */
  async #lock(path: string, signal: AbortSignal | undefined): Promise<Lock> {
    const options = { waitMs: PATIENCE, lockFile: this.lockFile, ...(signal && { signal }) };
    for (;;) {
      let size: number | undefined;
      try {
        size = sizeOf(path);
        mkdirSync(this.#ingest, { recursive: true });
        return await acquireLock(`${path}.lock`, options);
      } catch (error) {
        signal?.throwIfAborted();
        if (isError(error, ErrorCode.NotFound)) continue; // another took the directory away, as it was empty
        if (!isError(error, ErrorCode.FailedPrecondition) || sizeOf(path) === size)
          throw toImageError(this.#ingest, error);
      }
    }
  }

  /** Puts a file into the layout, whole. @param content  made while nobody else does the same */
  async #replace(name: string, content: (path: string) => string, signal: AbortSignal | undefined): Promise<void> {
    const path = join(this.directory, name);
    const made = join(this.#ingest, name);
    const lock = await this.#lock(made, signal);
    try {
      writeFileSync(made, content(path), { flush: true });
      againWhileInUse(() => renameSync(made, path));
      await syncDirectory(this.directory);
    } catch (error) {
      rmSync(made, { force: true });
      throw toImageError(path, error);
    } finally {
      lock.release();
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw toImageError(directory, error);
  }
}

/** @throws ImageError  Corrupt; Unsupported */
function assertVersion(path: string): void {
  const version = JsonObject.parse(readFileSync(path), path).string("imageLayoutVersion");
  if (version === VERSION) return;
  throw new ImageError(ErrorCode.Unsupported, `${path}: is of version ${version.slice(0, 80)}, and not ${VERSION}`);
}

function otherwiseUsed(directory: string): ImageError {
  return new ImageError(ErrorCode.FailedPrecondition, `${directory}: holds something else, and no OCI layout`);
}
