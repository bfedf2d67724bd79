/** `layerkiln mount` and `layerkiln umount`: what they do. */
import { ErrorCode, ImageError } from "../errors.ts";
import { mountImages, unmountImages } from "../image/mount.ts";
import type { Context } from "./context.ts";
import { UsageError, untilInterrupted } from "./exit.ts";
import type { MountFlags, UnmountFlags } from "./mount.ts";
import { stderr } from "./output.ts";

export async function runMount(this: Context, flags: MountFlags, ...words: string[]): Promise<void> {
  const { readWrite, scratch, options } = flags;
  const images = words.slice(0, -1);
  if (readWrite && scratch !== undefined)
    throw new UsageError("--read-write and --scratch: changes go into one of them");
  if (readWrite && images.length > 1)
    throw new UsageError(`--read-write: for one image, not ${images.length}; --scratch takes changes of several`);
  const { unrecovered } = await untilInterrupted((signal) =>
    mountImages(images, words.at(-1)!, {
      ...(this.platform && { platform: this.platform }),
      ...(readWrite && { readWrite }),
      ...(scratch !== undefined && { scratch }),
      ...(options !== undefined && { options: options.split(",") }),
      signal,
    }),
  );
  for (const image of unrecovered) {
    stderr.write(`hint: ${image} was not unmounted in order; what its journal holds is seen only with --read-write\n`);
  }
}

export async function runUnmount(this: Context, { lazy }: UnmountFlags, directory: string): Promise<void> {
  const wasMounted = await unmountImages(directory, {
    ...(this.platform && { platform: this.platform }),
    ...(lazy && { lazily: lazy }),
  });
  if (!wasMounted) throw new ImageError(ErrorCode.NotFound, `${directory}: nothing is mounted there`);
}
