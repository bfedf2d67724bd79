/** A filesystem without a layer, to be written into. */
import { Format, Option, Result } from "../../assembly/abi.ts";
import { type Core, startCore } from "./core.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import type { ImageSink } from "./image-file.ts";
import { type FilesystemOptions, type FilesystemPlan, filesystemPlanOf } from "./options.ts";
import { makeInto, writeTo } from "./target.ts";

export interface MakeFilesystemOptions extends FilesystemOptions {
  /** Bytes in all, a multiple of 4096. */
  size: number;

  /** A fixed VHD footer ends the image. */
  vhd?: boolean;
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
export async function makeFilesystem(
  target: string | URL | ImageSink,
  options: MakeFilesystemOptions,
): Promise<MakeFilesystemResult> {
  try {
    const plan = filesystemPlanOf(options, "modern")!;
    if (plan.size === 0) throw new ImageError(ErrorCode.InvalidArgument, "size: a filesystem needs one");
    return await makeInto(target, undefined, async (sink) => {
      const core = await startCore(writeTo(sink));
      configureFilesystem(core, plan);
      core.set(Option.Vhd, options.vhd ?? false);
      core.open(Format.EmptyExt4);
      core.finish();
      return { size: core.result(Result.Size) };
    });
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw new ImageError(ErrorCode.Internal, `filesystem: ${error instanceof Error ? error.message : error}`, error);
  }
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
