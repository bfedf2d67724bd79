/** How an archive is made, whatever is in it: in turns with the rest of the program, to a target that may be slow. */
import { ArchiveResult } from "../../../assembly/abi.ts";
import { toImageError } from "../errors.ts";
import { type Hash, startHash } from "../hashing.ts";
import type { ImageSink } from "../image-sink.ts";
import type { Progress } from "../options.ts";
import { isPast, nextTurn } from "../turn.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { type ArchiveCore, startArchiver } from "./archive-core.ts";
import type { OpenedImage } from "./opened-image.ts";

export interface ArchiveOptions {
  /** Whether checksums of metadata must be right, where a filesystem has them. Default: true. */
  readonly verify?: boolean;

  /** Whether the result has the SHA-256 of the archive. Default: true. */
  readonly digests?: boolean;

  /** Rejects with the signal's reason; nothing is left behind. */
  readonly signal?: AbortSignal;

  /** Called about ten times a second at most, and once at the end. Bytes are those read of images. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What is known of an archive once it is made. */
export interface ArchiveSummary {
  /** Bytes. */
  readonly size: number;
  readonly entries: number;

  /** Of the archive: `sha256:…`, the diff id of the layer that it is. */
  readonly digest?: string;

  /** Sockets, which no archive can hold: they are left out. */
  readonly sockets: number;

  /** The journal of an image holds changes that are not in their places yet; the archive does not have them. */
  readonly needsRecovery: boolean;
}

/** Longest that we keep the event loop to ourselves, and shortest between two reports. Milliseconds. */
const TURN = 20;
const REPORT = 100;

/**
 * Runs `make`, whose archive goes to `sink`; with no sink, none may be made. The sink is discarded if anything fails.
 *
 * @param open  opens the images, which are closed at the end
 */
export async function makeArchive<T>(
  open: () => readonly OpenedImage[],
  sink: ImageSink | undefined,
  options: ArchiveOptions,
  make: (archiving: Archiving) => Promise<T>,
): Promise<T> {
  try {
    const archiving = await Archiving.start(open(), sink, options);
    try {
      const result = await make(archiving);
      await archiving.commit();
      return result;
    } finally {
      archiving.close();
    }
  } catch (error) {
    await discard(sink);
    throw error;
  }
}

/** What failed first is what the caller hears of. */
async function discard(sink: ImageSink | undefined): Promise<void> {
  try {
    await sink?.discard?.();
  } catch {}
}

export class Archiving {
  #turned = Date.now();
  #reported = 0;

  private constructor(
    readonly core: ArchiveCore,
    private readonly sink: ImageSink | undefined,
    private readonly hash: Hash | undefined,
    private readonly options: ArchiveOptions,
  ) {}

  static async start(
    images: readonly OpenedImage[],
    sink: ImageSink | undefined,
    options: ArchiveOptions,
  ): Promise<Archiving> {
    const hash = sink && (options.digests ?? true) ? startHash("sha256") : undefined;
    const core = await startArchiver(images, options.verify ?? true, (at, bytes) => {
      hash?.update(bytes);
      write(sink!, at, bytes);
    });
    return new Archiving(core, sink, hash, options);
  }

  /** Steps until there are no more. @param onStep  called after each; false ends it early */
  async run(onStep?: () => boolean): Promise<void> {
    const { core, sink, hash } = this;
    while (core.step()) {
      if (onStep && !onStep()) return;
      for (const each of [sink, hash]) {
        const ready = each?.ready?.();
        if (ready) await unlessAborted(this.options.signal, ready);
      }
      if (isPast(this.#turned, TURN, Date.now())) await this.#pause();
    }
    this.#report();
  }

  /** Of the whole archive; asked once. */
  async result(): Promise<ArchiveSummary> {
    const { core } = this;
    return {
      size: core.result(ArchiveResult.Size),
      entries: core.result(ArchiveResult.Entries),
      ...(this.hash && { digest: `sha256:${await this.hash.digest()}` }),
      sockets: core.result(ArchiveResult.Sockets),
      needsRecovery: this.needsRecovery,
    };
  }

  get needsRecovery(): boolean {
    return this.core.result(ArchiveResult.NeedsRecovery) === 1;
  }

  async commit(): Promise<void> {
    if (this.sink === undefined) return;
    try {
      await unlessAborted(this.options.signal, Promise.resolve(this.sink.commit(this.core.result(ArchiveResult.Size))));
    } catch (error) {
      throw toImageError("archive", error);
    }
  }

  close(): void {
    this.core.close();
  }

  async #pause(): Promise<void> {
    if (isPast(this.#reported, REPORT, Date.now())) this.#report();
    await nextTurn();
    this.#turned = Date.now();
    this.options.signal?.throwIfAborted();
  }

  #report(): void {
    this.#reported = Date.now();
    try {
      this.options.onProgress?.({ bytesRead: this.core.bytesRead });
    } catch (error) {
      throw toImageError("onProgress", error);
    }
  }
}

function write(sink: ImageSink, at: number, bytes: Uint8Array): void {
  try {
    sink.write(at, bytes);
  } catch (error) {
    throw toImageError("archive", error);
  }
}
