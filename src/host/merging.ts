/** The layers of a container image, each opened when it comes to it, become one image. */
import { Format, Option, Result } from "../../assembly/abi.ts";
import type { Compression } from "./compression.ts";
import { configure } from "./conversion.ts";
import { type Core, startCore } from "./core.ts";
import { drain } from "./drain.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import type { Fed } from "./feeder.ts";
import { hexOf } from "./hex.ts";
import { type ImageSink, writeTo } from "./image-sink.ts";
import type { Input } from "./input.ts";
import { Intake } from "./intake.ts";
import { LayerCheck } from "./layer-check.ts";
import type { RootfsPlan } from "./rootfs-options.ts";
import { RootfsProgress } from "./rootfs-progress.ts";
import { nextTurn } from "./turn.ts";

/** What is said of a layer, whatever its source. */
export interface LayerDescription {
  /** Of the source: `sha256:…` or `sha512:…`. Compared with what was read. */
  readonly digest?: string;

  /** Of the uncompressed layer; compared too. */
  readonly diffId?: string;

  /**
   * It has files that are added to those below, or replace them. If one of them would take the place of a directory, or a
   * directory on its way that of anything else, such as a symbolic link, that is refused: FailedPrecondition. Default: it may
   * change all there is.
   */
  readonly addition?: boolean;

  /** For messages. Default: "layer 1" for the lowest, and so on. */
  readonly name?: string;
}

/** A layer to be read. */
export interface LayerInput extends LayerDescription {
  open(): Promise<Input>;

  /** Bytes of a source that is the same each time it is opened; undefined: it can be opened once. */
  size(): number | undefined;
}

export interface RootfsResult {
  /** Bytes of the image, with all that follows the filesystem. */
  readonly size: number;

  /** Of all layers. */
  readonly entries: number;

  /** Lowest first. */
  readonly layers: readonly MergedLayer[];

  /** Of the dm-verity tree, in hex. */
  readonly rootHash?: string;

  /** Byte of the image where the dm-verity superblock stands. */
  readonly hashOffset?: number;
}

export interface MergedLayer {
  /** Of the source, if it was compared or asked for. */
  readonly digest?: string;

  /** Of the uncompressed layer, likewise. */
  readonly diffId?: string;

  /** Bytes of the source. */
  readonly size: number;

  /** Bytes of the uncompressed layer. */
  readonly diffSize: number;

  readonly compression: Compression;
}

/** Makes one ext4 filesystem of `layers`, lowest first. */
export async function mergeLayers(
  layers: readonly LayerInput[],
  sink: ImageSink,
  plan: RootfsPlan,
): Promise<RootfsResult> {
  const core = await startCore((at, bytes) => writeTo(sink, at, bytes));
  configure(core, plan);
  setOwner(core, plan);
  core.open(Format.Rootfs);
  const merge = new Merge(layers, core, sink, plan);
  const merged: MergedLayer[] = new Array(layers.length);
  for (let index = layers.length - 1; index >= 0; index--) merged[index] = await merge.take(index);
  merge.finish();

  const rootHash = core.rootHash();
  return {
    size: core.result(Result.Size),
    entries: core.result(Result.Entries),
    layers: merged,
    ...(rootHash && { rootHash: hexOf(rootHash), hashOffset: core.result(Result.FilesystemSize) }),
  };
}

function setOwner(core: Core, { owner }: RootfsPlan): void {
  if (owner === undefined) return;
  core.set(Option.OwnerUser, owner.uid + 1);
  core.set(Option.OwnerGroup, owner.gid + 1);
}

/** Layers on their way into a core, the highest first. */
class Merge {
  readonly #progress: RootfsProgress;
  #fed: Fed = { size: 0, inputSize: 0 };

  constructor(
    private readonly layers: readonly LayerInput[],
    private readonly core: Core,
    private readonly sink: ImageSink,
    private readonly plan: RootfsPlan,
  ) {
    this.#progress = new RootfsProgress(layers, plan.onProgress);
  }

  async take(index: number): Promise<MergedLayer> {
    const layer = this.layers[index]!;
    const before = this.#fed;
    await nextTurn(); // small layers would never let others have their turn
    this.plan.signal?.throwIfAborted();
    try {
      this.core.beginLayer(index + 1, layer.addition ?? false);
      const merged = await this.#read(layer, before, this.#progress.report);
      this.#progress.pass(merged.size);
      this.#fed = { size: before.size + merged.diffSize, inputSize: before.inputSize + merged.size };
      if (this.core.endLayer()) await this.#takeAgain(layer, before);
      return merged;
    } catch (error) {
      throw this.#named(error, index + 1);
    }
  }

  finish(): void {
    try {
      this.core.finish();
    } catch (error) {
      throw this.#named(error, 0);
    }
    this.#progress.finish();
  }

  /** Hard links are seen to files of the layer whose contents were passed over. */
  async #takeAgain(layer: LayerInput, before: Fed): Promise<void> {
    if (layer.size() === undefined) {
      const why = "its hard links lead to files that layers above hide: it is read twice, and must be a file or bytes";
      throw new ImageError(ErrorCode.FailedPrecondition, `source: ${why}`);
    }
    await this.#read(layer, before, undefined);
    this.core.endLayer();
  }

  async #read(layer: LayerInput, before: Fed, report: RootfsPlan["onProgress"]): Promise<MergedLayer> {
    const { signal, limits, digests } = this.plan;
    const check = new LayerCheck(layer, digests);
    const intake = new Intake(await layer.open(), check.input, signal, report, [this.sink, check]);
    try {
      const { compression, diffSize } = await drain(intake, this.core, check.layer, undefined, {
        limits: { ...limits, before },
      });
      return { ...(await check.compare(compression)), size: intake.size, diffSize, compression };
    } finally {
      await intake.close();
    }
  }

  /** @param number  of the layer that was fed, if it is not known better; 0: none */
  #named(error: unknown, number: number): unknown {
    if (!(error instanceof ImageError)) return error;
    const index = (this.core.result(Result.LayerAtFault) || number) - 1;
    const name = this.layers[index]?.name ?? (this.layers.length > 1 ? `layer ${index + 1}` : undefined);
    if (index < 0 || name === undefined) return error;
    return new ImageError(error.code, `${name}: ${error.message.replace(/^layer: /, "")}`, error);
  }
}
