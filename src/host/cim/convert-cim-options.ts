/** What a caller may ask of a conversion to a CIM in a directory of this machine. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { pathOf } from "../source.ts";
import { oneOf } from "../values.ts";
import { type CimOptions, type CimPlan, cimPlanOf } from "./cim-options.ts";
import type { CimWriterName } from "./cim-result.ts";

export interface ConvertCimOptions extends CimOptions {
  /**
   * CIMs of the layers below, the nearest first. The nearest has the whole tree of all; the others are only looked for.
   * Default: none, the layer is a base.
   */
  parents?: readonly (string | URL)[];

  /**
   * "cimfs": what a layer means is settled as ever, and the tree that it gives is told to Windows's own writer (cimwriter.dll,
   * else cimfs.dll), which has neither `guid` nor `version`. So both can be compared. Default: "layerkiln".
   */
  writer?: CimWriterName;

  /** Where hives, and what else Windows wants to see as files, are put. Default: nowhere, they are in the CIM alone. */
  layerDirectory?: string | URL;

  /** What the operating system can do beyond Node's own calls. */
  platform?: Platform;
}

/** With nothing left open. */
export interface ConvertCimPlan extends CimPlan {
  readonly directory: string;
  readonly parents: readonly string[];
  readonly writer: CimWriterName;
  readonly layerDirectory: string | undefined;
  readonly platform: Platform | undefined;
}

/** @throws ImageError  InvalidArgument: an option that makes no sense; NotFound: a parent or the layer's directory */
export function convertCimPlanOf(directory: string | URL, options: ConvertCimOptions): ConvertCimPlan {
  const plan = {
    ...cimPlanOf(options),
    directory: textOf(directory),
    parents: listOf(options.parents ?? []).map(textOf),
    writer: oneOf("writer", options.writer, ["layerkiln", "cimfs"]),
    layerDirectory: options.layerDirectory && textOf(options.layerDirectory),
    platform: options.platform,
  } satisfies ConvertCimPlan;
  for (const path of [...plan.parents, ...(plan.layerDirectory ? [plan.layerDirectory] : [])]) assertIsThere(path);
  if (plan.fork) assertMayFork(plan);
  if (plan.writer === "cimfs") assertIsLeftToWindows(options);
  return plan;
}

function listOf(parents: readonly (string | URL)[]): readonly (string | URL)[] {
  if (Array.isArray(parents)) return parents;
  throw new ImageError(ErrorCode.InvalidArgument, `parents: "${parents}" is no array of paths`);
}

function assertIsThere(path: string): void {
  try {
    statSync(path);
  } catch (error) {
    throw toImageError(path, error);
  }
}

function assertMayFork({ directory, parents }: ConvertCimPlan): void {
  const [parent] = parents;
  if (parent === undefined) throw new ImageError(ErrorCode.InvalidArgument, "fork: needs a parent to refer to");
  // The system's own: on Windows only that spells a path as it is, whatever the case in which it was given.
  const { native } = realpathSync;
  if (existsSync(directory) && native(dirname(parent)) === native(directory)) return;
  throw new ImageError(
    ErrorCode.InvalidArgument,
    `fork: ${parent} is not in ${directory}, and Windows looks for a parent's files beside the fork`,
  );
}

function assertIsLeftToWindows({ guid, version }: ConvertCimOptions): void {
  const refuse = (what: string) =>
    new ImageError(ErrorCode.InvalidArgument, `${what}; leave it out, or have layerkiln write the CIM`);
  if (guid !== undefined) throw refuse("guid: Windows draws that of a CIM itself");
  if (version !== undefined) throw refuse("version: Windows writes the one that it has");
}

function textOf(path: string | URL): string {
  return path instanceof URL ? pathOf(path) : path;
}
