/** Images are seen as directories. */
import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { mounterOf } from "../mounter.ts";
import type { Platform } from "../platform.ts";
import { type Mountable, mountable } from "./mountable.ts";
import { overlayOf, withLayers } from "./overlay.ts";

export interface MountImagesOptions {
  readonly platform?: Platform;

  /** Write into the image itself. One image only. */
  readonly readWrite?: boolean;

  /** A directory that changes go to, into `upper` and `work`, which are made in it. The images stay as they are. */
  readonly scratch?: string;

  /** Further options, as in fstab, of the mount that is seen. Of those that contradict one another the last counts. */
  readonly options?: readonly string[];

  /** Rejects with the signal's reason; nothing stays mounted. */
  readonly signal?: AbortSignal;
}

export interface MountImagesResult {
  /** Images whose journals hold changes that are not seen, as they were not unmounted in order. */
  readonly unrecovered: readonly string[];
}

/**
 * Mounts `images` on `directory`: one as it is, several as an overlay. Read-only unless the options say otherwise. One
 * `unmountImages` takes all of it off again, and frees what it took.
 *
 * @param images  layers as in the manifest of an image: the base first
 * @throws ImageError  Unsupported, Corrupt: not an image that can be mounted; FailedPrecondition: it must not be written to,
 *                     or is written to by others; PermissionDenied; Unavailable: not on this machine. Nothing is mounted then.
 */
export async function mountImages(
  images: readonly string[],
  directory: string,
  { platform, readWrite = false, scratch, options = [], signal }: MountImagesOptions = {},
): Promise<MountImagesResult> {
  assertMakesSense(images, readWrite, scratch);
  assertFurther(options);
  const mounter = await mounterOf(platform, "mount");
  const target = realDirectory(directory);
  const layers: Mountable[] = [];
  for (const image of images) layers.push(await mountable(realPath(image), readWrite));

  const [only] = layers;
  if (layers.length === 1 && scratch === undefined) {
    await mounter.mount({ ...only!.mount, options: [...only!.mount.options, ...options] }, target);
  } else {
    const changes = scratch === undefined ? undefined : realDirectory(scratch);
    await withLayers(layers, mounter, signal, async (directories) => {
      await mounter.mount(overlayOf(directories, changes, options), target);
    });
  }
  return { unrecovered: readWrite ? [] : layers.filter((each) => each.needsRecovery).map(({ mount }) => mount.source) };
}

/**
 * Takes off what `mountImages` put there.
 *
 * @param lazily  also while files in it are open: what they are in goes with the last of them
 * @returns       false where nothing is mounted
 * @throws ImageError  FailedPrecondition: in use; PermissionDenied; Unavailable
 */
export async function unmountImages(
  directory: string,
  { platform, lazily = false }: { readonly platform?: Platform; readonly lazily?: boolean } = {},
): Promise<boolean> {
  const mounter = await mounterOf(platform, "mount");
  return mounter.unmount(mountedPath(directory), lazily);
}

function assertMakesSense(images: readonly string[], readWrite: boolean, scratch: string | undefined): void {
  const wrong =
    images.length === 0
      ? "there is no image"
      : readWrite && images.length > 1
        ? `${images.length} images cannot be written to; a scratch directory takes changes`
        : readWrite && scratch !== undefined
          ? "changes go into the image or into a scratch directory, not both"
          : undefined;
  if (wrong !== undefined) throw new ImageError(ErrorCode.InvalidArgument, `mount: ${wrong}`);
}

/** Options that make another mount of it, around what is seen to here. */
const OTHER_MOUNTS = ["rw", "bind", "rbind", "remount"];

function assertFurther(options: readonly string[]): void {
  const wrong = options.find((option) => OTHER_MOUNTS.includes(option));
  if (wrong === undefined) return;
  throw new ImageError(
    ErrorCode.InvalidArgument,
    `mount: option ${wrong} is not for an image; it is read-write if asked so`,
  );
}

/** The mounts are known by their real paths: nobody else may change what a link in them leads to. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw toImageError(path, error);
  }
}

function realDirectory(path: string): string {
  const real = realPath(path);
  if (statSync(real).isDirectory()) return real;
  throw new ImageError(ErrorCode.InvalidArgument, `${path}: is not a directory`);
}

/** What is mounted may be out of order, and have no real path any more. */
function mountedPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
