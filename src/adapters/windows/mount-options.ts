/**
 * Options of mounts of Windows's layers.
 *
 * Source: containerd, core/mount/mount_windows.go; plugins/snapshots/windows.
 */
import { win32 } from "node:path";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import type { Mount } from "../../host/platform.ts";
import { parseJson } from "./parse-json.ts";

/** Paths are as Windows's functions take them: with a drive, with backslashes, with none at the end. */
export interface LayerOptions {
  /** Of the layer that is mounted. */
  readonly directory: string;

  readonly readOnly: boolean;

  /** Directories of the layers below, the nearest first. */
  readonly parents: readonly string[];
}

export interface CimFsOptions extends LayerOptions {
  /** The CIM that is mounted: the nearest layer's, which shows all below it too; without parents the mount's own. */
  readonly cim: string;
}

/** @throws ImageError  InvalidArgument */
export function windowsLayerOptions(mount: Mount): LayerOptions {
  const values = valuesOf(mount, ["parentLayerPaths"]);
  return layerOptions(mount, values);
}

/**
 * CIMs are named, or follow from the names of directories, as before containerd 2.
 *
 * @throws ImageError  InvalidArgument
 */
export function cimFsOptions(mount: Mount): CimFsOptions {
  const values = valuesOf(mount, ["parentLayerPaths", "cimpath", "parentCimPaths"]);
  const options = layerOptions(mount, values);
  const cims = pathsOf(values, "parentCimPaths") ?? options.parents.map(impliedCim);
  if (cims.length !== options.parents.length) {
    throw wrong(`${options.parents.length} parents and ${cims.length} CIMs of parents`);
  }
  const [nearest] = cims;
  if (nearest !== undefined) return { ...options, cim: absolute("parentCimPaths", nearest) };
  if (!options.readOnly) throw wrong("a layer without parents has no scratch disk to write to; give option ro");
  const own = values.get("cimpath") ?? impliedCim(options.directory);
  return { ...options, cim: absolute("cimpath", own) };
}

const impliedCim = (directory: string): string =>
  win32.join(win32.dirname(directory), "cim-layers", `${win32.basename(directory)}.cim`);

function layerOptions({ source }: Mount, values: ReadonlyMap<string, string>): LayerOptions {
  const directory = absolute("source", source);
  const parents = pathsOf(values, "parentLayerPaths") ?? [];
  return { directory, readOnly: values.has("ro"), parents: parents.map((each) => absolute("parentLayerPaths", each)) };
}

/** Of flags and of options with a value, each by its name. Of several of a name the last counts, as with containerd. */
function valuesOf({ options }: Mount, names: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const option of options) {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
    if (name !== undefined && names.includes(name)) values.set(name, value!);
    else if (option === "ro") values.set("ro", "");
    else if (option === "rw") values.delete("ro");
    else
      throw wrong(`option ${JSON.stringify(option)} is none of ro, rw, ${names.map((each) => `${each}=`).join(", ")}`);
  }
  return values;
}

/** A list in JSON; Go writes `null` for an empty one. */
function pathsOf(values: ReadonlyMap<string, string>, name: string): string[] | undefined {
  const json = values.get(name);
  if (json === undefined) return undefined;
  const paths = parseJson(json);
  if (paths === null) return [];
  if (Array.isArray(paths) && paths.every((each) => typeof each === "string")) return paths;
  throw wrong(`option ${name}=${json}: is not a JSON array of paths`);
}

/** Windows goes by other current directories than this process has, and takes a string for ended at a zero. */
function absolute(name: string, path: string): string {
  const namesDrive = win32.isAbsolute(path) && win32.parse(path).root.length > 1; // a lone backslash is the current one's
  if (namesDrive && !path.includes("\0")) return win32.resolve(path);
  throw wrong(`${name}: ${JSON.stringify(path)} is not an absolute path`);
}

const wrong = (why: string): ImageError => new ImageError(ErrorCode.InvalidArgument, `mount: ${why}`);
