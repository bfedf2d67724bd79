/** What a caller may ask of a conversion to a CIM, and what is taken for granted. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { uuidBytes } from "../hex.ts";
import type { Limits, Progress } from "../options.ts";
import type { Platform } from "../platform.ts";
import { pathOf } from "../source.ts";
import { count, oneOf } from "../values.ts";
import { windowsGuid } from "./cim-header.ts";

const GIB = 1024 ** 3;

/** Of the format: 2.0 is what today's Windows and its tools take, 1.0 what Windows 10 from 2004 to 22H2 took. */
export type CimVersion = "2.0" | "1.0";

/** What writes the CIM that stays: this library, or Windows itself. */
export type CimWriterName = "layerkiln" | "cimfs";

export interface ConvertCimOptions {
  /** What the CIM is called in the directory: `NAME.cim`, with or without the ending. */
  name: string;

  /**
   * CIMs of the layers below, the nearest first. The nearest has the whole tree of all; the others are only looked for.
   * Default: none, the layer is a base.
   */
  parents?: readonly (string | URL)[];

  /** The CIM refers to its parent's files, which must stand in the same directory. Default: it holds all that it shows. */
  fork?: boolean;

  /** In the names of its files. Default: made of content and name, so that equal CIMs have equal ones. */
  guid?: string;

  /** Default: "2.0". Windows has one of its own. */
  version?: CimVersion;

  /**
   * "cimfs": what a layer means is settled as ever, and the tree that it gives is told to Windows's own writer (cimwriter.dll,
   * else cimfs.dll), which has neither `guid` nor `version`. So both can be compared. Default: "layerkiln".
   */
  writer?: CimWriterName;

  /** Where hives, and what else Windows wants to see as files, are put. Default: nowhere, they are in the CIM alone. */
  layerDirectory?: string | URL;

  /** A layer without parents must have the five hives that a base of Windows has. Default: false, any tree will do. */
  requireHives?: boolean;

  /** Whether the result names the SHA-256 of the input and of the layer. Default: true. */
  digests?: boolean;

  /** `entries` counts names, those of parents among them. Default: 4 Mi entries, 512 GiB. */
  limits?: Limits;

  /** What the operating system can do beyond Node's own calls. */
  platform?: Platform;

  /** Rejects with the signal's reason; nothing is left behind. */
  signal?: AbortSignal;

  /** Called about ten times a second at most, and once at the end. */
  onProgress?: (progress: Progress) => void;
}

/** Options with nothing left open, but for what the core has a default for: 0. */
export interface CimPlan {
  readonly directory: string;
  /** With its ending. */
  readonly name: string;
  readonly parents: readonly string[];
  readonly fork: boolean;
  /** 16 bytes, as Windows stores them. */
  readonly guid: Uint8Array | undefined;
  readonly version: CimVersion;
  readonly writer: CimWriterName;
  readonly layerDirectory: string | undefined;
  readonly requireHives: boolean;
  readonly digests: boolean;
  readonly limits: Required<Limits>;
  readonly platform: Platform | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

const MOST_ENTRIES = 4 * 1024 ** 2;
const MOST_BYTES = 512 * GIB;
const ENDING = ".cim";

/** @throws ImageError  InvalidArgument: an option that makes no sense; NotFound: a parent or the layer's directory */
export function cimPlanOf(directory: string | URL, options: ConvertCimOptions): CimPlan {
  const { fork = false, guid, limits } = options;
  const plan = {
    directory: textOf(directory),
    name: nameOf(options.name),
    parents: listOf(options.parents ?? []).map(textOf),
    fork,
    guid: guid === undefined ? undefined : guidBytesOf(guid),
    version: oneOf("version", options.version, ["2.0", "1.0"]),
    writer: oneOf("writer", options.writer, ["layerkiln", "cimfs"]),
    layerDirectory: options.layerDirectory && textOf(options.layerDirectory),
    requireHives: options.requireHives ?? false,
    digests: options.digests ?? true,
    limits: {
      entries: count("limits.entries", limits?.entries, MOST_ENTRIES),
      bytes: count("limits.bytes", limits?.bytes, MOST_BYTES),
      pathLength: count("limits.pathLength", limits?.pathLength, 0),
      ratio: count("limits.ratio", limits?.ratio, Infinity),
    },
    platform: options.platform,
    signal: options.signal,
    onProgress: options.onProgress,
  } satisfies CimPlan;
  for (const path of [...plan.parents, ...(plan.layerDirectory ? [plan.layerDirectory] : [])]) assertIsThere(path);
  if (fork) assertMayFork(plan);
  if (plan.writer === "cimfs") assertIsLeftToWindows(options);
  return plan;
}

/** Windows gives names such as these to no file, whatever their ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

function nameOf(name: unknown): string {
  if (typeof name !== "string" || name === "") {
    throw new ImageError(ErrorCode.InvalidArgument, "name: a CIM needs one");
  }
  const whole = name.toLowerCase().endsWith(ENDING) ? name : name + ENDING;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const isForbidden = /[\0-\x1f<>:"/\\|?*]/.test(whole) || DEVICES.test(whole) || whole.length === ENDING.length;
  if (isForbidden || whole.startsWith(".") || Buffer.byteLength(whole) > 255) {
    throw new ImageError(ErrorCode.InvalidArgument, `name: "${name}" is no name of a file that Windows would take`);
  }
  return whole;
}

function listOf(parents: readonly (string | URL)[]): readonly (string | URL)[] {
  if (Array.isArray(parents)) return parents;
  throw new ImageError(ErrorCode.InvalidArgument, `parents: "${parents}" is no array of paths`);
}

function guidBytesOf(guid: string): Uint8Array {
  const bytes = uuidBytes(String(guid).replace(/^\{(.*)\}$/, "$1"), "guid");
  if (bytes.some((byte) => byte !== 0)) return windowsGuid(bytes);
  throw new ImageError(ErrorCode.InvalidArgument, `guid: "${guid}" is that of nothing`);
}

function assertIsThere(path: string): void {
  try {
    statSync(path);
  } catch (error) {
    throw toImageError(path, error);
  }
}

function assertMayFork({ directory, parents }: CimPlan): void {
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
