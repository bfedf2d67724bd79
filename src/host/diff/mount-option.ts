/** What is said by the mounts that a differ is shown. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Mount } from "../platform.ts";

/** @throws ImageError  InvalidArgument if there is not exactly one; Unsupported if it is of another type */
export function onlyMountOf(mounts: readonly Mount[], type: string): Mount {
  const [mount] = mounts;
  if (mounts.length !== 1 || mount === undefined) {
    throw new ImageError(ErrorCode.InvalidArgument, `mounts: ${mounts.length}, and a differ takes one`);
  }
  if (mount.type === type) return mount;
  throw new ImageError(ErrorCode.Unsupported, `mount of type ${mount.type}: is not "${type}"`);
}

/** The value of option `key=…`. */
export function optionOf({ options }: Mount, key: string): string | undefined {
  const prefix = `${key}=`;
  return options.find((option) => option.startsWith(prefix))?.slice(prefix.length);
}

/**
 * The value of an option that lists paths, in JSON.
 *
 * @throws ImageError  InvalidArgument
 */
export function pathsOf(mount: Mount, key: string): string[] | undefined {
  const json = optionOf(mount, key);
  if (json === undefined) return undefined;
  const paths = parsed(json);
  if (paths === null) return []; // Go's word for an empty list
  if (Array.isArray(paths) && paths.every((each) => typeof each === "string")) return paths;
  throw new ImageError(ErrorCode.InvalidArgument, `mount option ${key}=${json}: is not a JSON array of paths`);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
