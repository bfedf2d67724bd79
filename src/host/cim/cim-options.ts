/** What a caller may ask of a conversion to a CIM, wherever that goes, and what is taken for granted. */
import { ErrorCode, ImageError } from "../errors.ts";
import { uuidBytes } from "../hex.ts";
import type { Limits, Progress } from "../options.ts";
import { count, oneOf } from "../values.ts";
import { windowsGuid } from "./cim-header.ts";

const GIB = 1024 ** 3;

/** Of the format: 2.0 is what today's Windows and its tools take, 1.0 what Windows 10 from 2004 to 22H2 took. */
export type CimVersion = "2.0" | "1.0";

export interface CimOptions {
  /** What the CIM is called in its directory: `NAME.cim`, with or without the ending. */
  name: string;

  /** The CIM refers to its parent's files, which must stand in the same directory. Default: it holds all that it shows. */
  fork?: boolean;

  /** In the names of its files. Default: made of content and name, so that equal CIMs have equal ones. */
  guid?: string;

  /** Default: "2.0". Windows has one of its own. */
  version?: CimVersion;

  /** A layer without parents must have the five hives that a base of Windows has. Default: false, any tree will do. */
  requireHives?: boolean;

  /** Whether the result names the SHA-256 of the input and of the layer. Default: true. */
  digests?: boolean;

  /** `entries` counts names, those of parents among them. Default: 4 Mi entries, 512 GiB. */
  limits?: Limits;

  /** Rejects with the signal's reason; nothing is left behind. */
  signal?: AbortSignal;

  /** Called about ten times a second at most, and once at the end. */
  onProgress?: (progress: Progress) => void;
}

/** Options with nothing left open, but for what the core has a default for: 0. */
export interface CimPlan {
  /** With its ending. */
  readonly name: string;
  readonly fork: boolean;
  /** 16 bytes, as Windows stores them. */
  readonly guid: Uint8Array | undefined;
  readonly version: CimVersion;
  readonly requireHives: boolean;
  readonly digests: boolean;
  readonly limits: Required<Limits>;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

const MOST_ENTRIES = 4 * 1024 ** 2;
const MOST_BYTES = 512 * GIB;
const ENDING = ".cim";
/** Bytes that the name of a file has at most. */
const LONGEST_NAME = 255;

/** @throws ImageError  InvalidArgument: an option that makes no sense */
export function cimPlanOf({ limits, ...options }: CimOptions): CimPlan {
  return {
    name: nameOf(options.name),
    fork: options.fork ?? false,
    guid: options.guid === undefined ? undefined : guidBytesOf(options.guid),
    version: oneOf("version", options.version, ["2.0", "1.0"]),
    requireHives: options.requireHives ?? false,
    digests: options.digests ?? true,
    limits: {
      entries: count("limits.entries", limits?.entries, MOST_ENTRIES),
      bytes: count("limits.bytes", limits?.bytes, MOST_BYTES),
      pathLength: count("limits.pathLength", limits?.pathLength, 0),
      ratio: count("limits.ratio", limits?.ratio, Infinity),
    },
    signal: options.signal,
    onProgress: options.onProgress,
  };
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
  if (isForbidden || whole.startsWith(".") || new TextEncoder().encode(whole).length > LONGEST_NAME) {
    throw new ImageError(ErrorCode.InvalidArgument, `name: "${name}" is no name of a file that Windows would take`);
  }
  return whole;
}

function guidBytesOf(guid: string): Uint8Array {
  const bytes = uuidBytes(String(guid).replace(/^\{(.*)\}$/, "$1"), "guid");
  if (bytes.some((byte) => byte !== 0)) return windowsGuid(bytes);
  throw new ImageError(ErrorCode.InvalidArgument, `guid: "${guid}" is that of nothing`);
}
