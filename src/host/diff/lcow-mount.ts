/**
 * Mounts of type "lcow-layer": one mount, whose source is a snapshot's directory, with the directories of its parents.
 *
 * Source: containerd, plugins/snapshots/lcow/lcow.go; hcsshim, internal/layers/lcow.go.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Mount } from "../platform.ts";
import { LAYER_IMAGE } from "./layer-image.ts";
import type { LayerStack } from "./layer-stack.ts";
import { scratchLayer } from "./lcow-scratch.ts";
import { onlyMountOf, pathsOf } from "./mount-option.ts";

const TYPE = "lcow-layer";
const PARENTS = "parentLayerPaths";

/** @throws ImageError  InvalidArgument if there is not exactly one; Unsupported if it is of another type */
export const lcowMountOf = (mounts: readonly Mount[]): Mount => onlyMountOf(mounts, TYPE);

/**
 * A snapshot that is written to has its own directory as source, and its changes in a scratch disk there. One that is only
 * read has its parent's, for it has nothing of its own; without a parent the directory is not there at all.
 *
 * @throws ImageError  InvalidArgument if its options cannot be read
 */
export function lcowStackOf(mounts: readonly Mount[]): LayerStack {
  const mount = lcowMountOf(mounts);
  const source = resolve(mount.source);
  const parents = (pathsOf(mount, PARENTS) ?? []).map((directory) => resolve(directory));
  if (existsSync(join(source, LAYER_IMAGE))) return { layers: [source, ...parents] };
  if (mount.options.includes("ro")) {
    if (parents.length === 0) return { layers: [] };
    throw new ImageError(ErrorCode.NotFound, `${join(source, LAYER_IMAGE)}: the layer's image is not there`);
  }
  return { layers: parents, changes: (signal) => scratchLayer(source, signal) };
}
