/** Directories laid over one another. Source: Linux, Documentation/filesystems/overlayfs.rst. */
import type { FileHandle } from "node:fs/promises";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { FilesystemContext, MAX_VALUE_LENGTH } from "./filesystem.ts";
import type { Datum, MountOptions } from "./mount-options.ts";
import { mountByData } from "./overlay-data.ts";
import { byNumber, escapeBackslashes, splitLayers, unescapePath } from "./overlay-paths.ts";
import { place } from "./place.ts";
import { closing } from "./system-call.ts";

/** Directories of the overlay that are its options. */
const DIRECTORIES = ["upperdir", "workdir"];

/**
 * Mounts an overlay of any number of layers: the kernel's limit is 500. Where it takes layers one by one (Linux 6.7 and later)
 * there is no other; before, all options together are one page, and paths give way to shorter ones that mean the same.
 *
 * @throws ImageError  InvalidArgument: a single layer and nothing above it, which the kernel refuses: it can be bind-mounted
 */
export async function mountOverlay(
  source: string,
  target: string,
  options: MountOptions,
  subject: string,
): Promise<void> {
  const layers = options.data.filter(([key]) => key === "lowerdir").flatMap(([, paths]) => splitLayers(paths ?? ""));
  const others = options.data.filter(([key]) => key !== "lowerdir");
  assertMakesSense(layers, others, subject);
  if (!(await takesLayersOneByOne(subject))) {
    await mountByData(source, target, { ...options, data: others }, layers, subject);
    return;
  }
  const context = await FilesystemContext.open("overlay", subject);
  const short: FileHandle[] = [];
  try {
    await context.set("source", source);
    await context.setAll({ flags: options.flags, data: [] });
    for (const [key, value] of others) await context.set(key, await textOf(key, value, short));
    for (const layer of layers) await context.set("lowerdir+", await shorten(layer, short));
    await closing(await context.mount(options.set), (mounted) => place(mounted, target, options, subject));
  } finally {
    context.close();
    for (const file of short) await file.close();
  }
}

/** What overlayfs refuses, and tells nobody but the kernel's log why. */
function assertMakesSense(layers: readonly string[], others: readonly Datum[], subject: string): void {
  const has = (name: string) => others.some(([key]) => key === name);
  const wrong =
    layers.length === 0
      ? "there is no lowerdir"
      : layers.length === 1 && !has("upperdir")
        ? `one layer and no upperdir make no overlay; bind-mount ${layers[0]} instead`
        : has("upperdir") && !has("workdir")
          ? "upperdir needs a workdir on the same filesystem"
          : undefined;
  if (wrong !== undefined) throw new ImageError(ErrorCode.InvalidArgument, `${subject}: ${wrong}`);
}

/**
 * Asks for nothing to be mounted: of Linux 6.5 and later overlayfs looks at each option as it comes. Before, it took any
 * until the mount was made, hence the one that is none.
 */
async function takesLayersOneByOne(subject: string): Promise<boolean> {
  const context = await FilesystemContext.open("overlay", subject);
  try {
    const takes = (key: string, value?: string) =>
      context.set(key, value).then(
        () => true,
        () => false,
      );
    return !(await takes("no_such_option")) && (await takes("lowerdir+", "/"));
  } finally {
    context.close();
  }
}

async function textOf(key: string, value: string | undefined, short: FileHandle[]): Promise<string | undefined> {
  if (value === undefined || !DIRECTORIES.includes(key)) return value;
  return escapeBackslashes(await shorten(unescapePath(value), short));
}

/** A path that is too long goes by number: the kernel looks at it before the mount is made. */
async function shorten(path: string, short: FileHandle[]): Promise<string> {
  return Buffer.byteLength(path) <= MAX_VALUE_LENGTH ? path : byNumber(path, short);
}
