/**
 * Mounts of type "windows-layer": a layer on NTFS, with its parents below it or, of a base layer, alone.
 *
 * Source: containerd, core/mount/mount_windows.go.
 */
import { existsSync } from "node:fs";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { bind } from "./bind-filter.ts";
import { activateLayer, activePath, deactivateLayer, prepareLayer, unprepareLayer } from "./layer-calls.ts";
import type { LayerOptions } from "./mount-options.ts";
import type { LayerRecord } from "./mount-record.ts";
import type { Undo } from "./undo.ts";

export async function mountWindowsLayer(
  target: string,
  { directory, readOnly, parents }: LayerOptions,
  undo: Undo,
): Promise<void> {
  await activateLayer(directory);
  undo.by(() => deactivateLayer(directory));
  await prepareLayer(directory, parents);
  undo.by(() => unprepareLayer(directory));
  const mounted = await activePath(directory);
  await bind(target, parents.length === 0 ? filesOf(mounted) : mounted, readOnly);
}

/** As `mountWindowsLayer`, the other way; what it had bound is unbound already, and it may have come to any step. */
export async function unmountWindowsLayer({ layer }: LayerRecord): Promise<void> {
  await unprepareLayer(layer);
  await deactivateLayer(layer);
}

/** Beside what a base layer shows there are files that Windows keeps of it, which nobody should remove. */
function filesOf(base: string): string {
  const files = `${base.replace(/\\$/, "")}\\Files`;
  if (existsSync(files)) return files;
  throw new ImageError(ErrorCode.NotFound, `${files}: is not there, and a layer without parents is a base layer`);
}
