/** How an archive is made, whatever is in it: in turns with the rest of the program, to a target that may be slow. */
import type { Hash } from "node:crypto";
import { ArchiveResult } from "../../../assembly/abi.ts";
import type { CimParts } from "../cim/cim-files.ts";
import { toImageError } from "../errors.ts";
import type { Progress } from "../options.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { type ArchiveCore, startArchiver } from "./archive-core.ts";
import { type ArchiveSink, type ArchiveTarget, openTarget } from "./archive-target.ts";
import type { ImageSource } from "./image-source.ts";

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

/** Runs `make`, whose archive goes to `target`; with no target, none may be made. */
export async function makeArchive<T>(
  sources: readonly (ImageSource | CimParts)[],
  target: ArchiveTarget | undefined,
  options: ArchiveOptions,
  make: (archiving: Archiving) => Promise<T>,
): Promise<T> {
  const sink = target === undefined ? undefined : await openTarget(target, options.signal);
  try {
    const archiving = await Archiving.start(sources, sink, options);
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
async function discard(sink: ArchiveSink | undefined): Promise<void> {
  try {
    await sink?.discard?.();
  } catch {}
}

export class Archiving {
  #turned = milliseconds();
  #reported = 0;

  private constructor(
    readonly core: ArchiveCore,
    private readonly sink: ArchiveSink | undefined,
    private readonly hash: Hash | undefined,
    private readonly options: ArchiveOptions,
  ) {}

  static async start(
    sources: readonly (ImageSource | CimParts)[],
    sink: ArchiveSink | undefined,
    options: ArchiveOptions,
  ): Promise<Archiving> {
    const hash = sink && (options.digests ?? true) ? await startHash() : undefined;
    const core = await startArchiver(sources, options.verify ?? true, (at, bytes) => {
      hash?.update(bytes);
      write(sink!, at, bytes);
    });
    return new Archiving(core, sink, hash, options);
  }

  /** Steps until there are no more. @param onStep  called after each; false ends it early */
  async run(onStep?: () => boolean): Promise<void> {
    const { core, sink } = this;
    while (core.step()) {
      if (onStep && !onStep()) return;
      const ready = sink?.ready?.();
      if (ready) await unlessAborted(this.options.signal, ready);
      if (milliseconds() - this.#turned >= TURN) await this.#pause();
    }
    this.#report();
  }

  get result(): ArchiveSummary {
    const { core } = this;
    return {
      size: core.result(ArchiveResult.Size),
      entries: core.result(ArchiveResult.Entries),
      ...(this.hash && { digest: `sha256:${this.hash.copy().digest("hex")}` }),
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
    if (milliseconds() - this.#reported >= REPORT) this.#report();
    await new Promise((resolve) => setImmediate(resolve));
    this.#turned = milliseconds();
    this.options.signal?.throwIfAborted();
  }

  #report(): void {
    this.#reported = milliseconds();
    try {
      this.options.onProgress?.({ bytesRead: this.core.bytesRead });
    } catch (error) {
      throw toImageError("onProgress", error);
    }
  }
}

async function startHash(): Promise<Hash> {
  const { createHash } = await import("node:crypto"); // as this takes its time to load
  return createHash("sha256");
}

function write(sink: ArchiveSink, at: number, bytes: Uint8Array): void {
  try {
    sink.write(at, bytes);
  } catch (error) {
    throw toImageError("archive", error);
  }
}

/** Since the process began. Not by `performance`, which takes 3 ms to load. */
function milliseconds(): number {
  return process.uptime() * 1000;
}
