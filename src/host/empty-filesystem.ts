/** A filesystem without a layer, to be written into. */
import { Format, Option, Result } from "../../assembly/abi.ts";
import { CONTAINERS, type Container, containerNumber } from "./container.ts";
import { type Core, startCore } from "./core.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { type FilesystemOptions, type FilesystemPlan, filesystemPlanOf } from "./filesystem-options.ts";
import { type ImageSink, writeTo } from "./image-sink.ts";
import { count, oneOf } from "./values.ts";

export interface MakeFilesystemOptions extends FilesystemOptions {
  /** Bytes in all, a multiple of 4096. */
  size: number;

  /** What file the disk lies in. Default: "raw", the file is the disk. */
  container?: Container;

  /** As of `convert`. */
  containerBlockSize?: number;
}

export interface MakeFilesystemResult {
  /** Bytes of the image, with all that follows the filesystem. */
  readonly size: number;
}

/** Options with nothing left open. */
export interface EmptyFilesystemPlan {
  readonly filesystem: FilesystemPlan;
  readonly container: number;
  readonly containerBlockSize: number;
}

/** @throws ImageError  InvalidArgument, for an option that makes no sense */
export function emptyFilesystemPlanOf(options: MakeFilesystemOptions): EmptyFilesystemPlan {
  const filesystem = filesystemPlanOf(options, "modern")!;
  if (filesystem.size === 0) throw new ImageError(ErrorCode.InvalidArgument, "size: a filesystem needs one");
  return {
    filesystem,
    container: containerNumber(oneOf("container", options.container, CONTAINERS)),
    containerBlockSize: count("containerBlockSize", options.containerBlockSize, 0),
  };
}

export async function writeEmptyFilesystem(sink: ImageSink, plan: EmptyFilesystemPlan): Promise<MakeFilesystemResult> {
  const core = await startCore((at, bytes) => writeTo(sink, at, bytes));
  configureFilesystem(core, plan.filesystem);
  core.set(Option.Container, plan.container);
  core.set(Option.ContainerBlockSize, plan.containerBlockSize);
  core.open(Format.EmptyExt4);
  core.finish();
  return { size: core.result(Result.Size) };
}

export function configureFilesystem(core: Core, plan: FilesystemPlan): void {
  core.set(Option.Size, plan.size);
  core.set(Option.Free, plan.free);
  core.set(Option.Journal, plan.journal);
  core.set(Option.LabelLow, plan.label[0]);
  core.set(Option.LabelHigh, plan.label[1]);
  core.set(Option.UuidHigh, plan.uuid[0]);
  core.set(Option.UuidLow, plan.uuid[1]);
  core.set(Option.ReadOnly, plan.readOnly);
  core.set(Option.BlockSize, plan.blockSize);
}
