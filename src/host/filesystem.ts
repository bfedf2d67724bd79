/** A filesystem without a layer, to be written into. */
import { Format, Option, Result } from "../../assembly/abi.ts";
import { CONTAINERS, type Container, containerNumber } from "./container.ts";
import { type Core, startCore } from "./core.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { type FilesystemOptions, type FilesystemPlan, filesystemPlanOf } from "./filesystem-options.ts";
import { asOperation, intoTarget, type Target, writeTo } from "./target.ts";
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

/**
 * Makes an empty ext4 filesystem. Only what is not zero is written: 20 GiB of it take a few hundred KiB.
 *
 * A `target` that is a path is complete and synced, or untouched.
 *
 * @throws ImageError  and nothing else
 */
export async function makeFilesystem(target: Target, options: MakeFilesystemOptions): Promise<MakeFilesystemResult> {
  return asOperation("filesystem", undefined, async () => {
    const plan = filesystemPlanOf(options, "modern")!;
    if (plan.size === 0) throw new ImageError(ErrorCode.InvalidArgument, "size: a filesystem needs one");
    const container = containerNumber(oneOf("container", options.container, CONTAINERS));
    const containerBlockSize = count("containerBlockSize", options.containerBlockSize, 0);
    return intoTarget(target, undefined, async (sink) => {
      const core = await startCore((at, bytes) => writeTo(sink, at, bytes));
      configureFilesystem(core, plan);
      core.set(Option.Container, container);
      core.set(Option.ContainerBlockSize, containerBlockSize);
      core.open(Format.EmptyExt4);
      core.finish();
      return { size: core.result(Result.Size) };
    });
  });
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
