/**
 * Mounts of type "CimFS": one mount, whose source is a snapshot's directory, and which names CIMs or leaves them to follow from
 * directories' names.
 *
 * Source: containerd, plugins/snapshots/windows/cimfs.go.
 */
import { basename, dirname, join } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Mount } from "../platform.ts";
import type { CimLayer } from "./cim-layer.ts";
import { onlyMountOf, optionOf, pathsOf } from "./mount-option.ts";

const TYPE = "CimFS";
const CIMS = "cim-layers";

/** @throws ImageError  InvalidArgument: not one mount, or options that cannot be; Unsupported: of another type */
export function cimLayerOf(mounts: readonly Mount[]): CimLayer {
  const mount = onlyMountOf(mounts, TYPE);
  const directories = pathsOf(mount, "parentLayerPaths") ?? [];
  const cims = pathsOf(mount, "parentCimPaths") ?? directories.map(impliedCim);
  if (cims.length !== directories.length) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `mount: has ${directories.length} parents and ${cims.length} CIMs of parents`,
    );
  }
  return {
    directory: mount.source,
    cim: optionOf(mount, "cimpath") ?? impliedCim(mount.source),
    parents: directories.map((directory, index) => ({ directory, cim: cims[index]! })),
  };
}

/** As before containerd 2, whose mounts name directories only. */
const impliedCim = (directory: string): string => join(dirname(directory), CIMS, `${basename(directory)}.cim`);
