/** What a caller may ask of a conversion, and what is taken for granted. */
import { CONTAINERS, type Container } from "./container.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import type { Platform } from "./platform.ts";

const GIB = 1024 ** 3;

/** Which writer's bytes an image has. */
export type Profile = "hcsshim";

/** How a conversion may be bounded against hostile layers. What passes a limit fails with OutOfRange. */
export interface Limits {
  /** Inodes, implied directories among them. Default: as many as `maxSize` has room for, one in 4 KiB, at least 4 Mi. */
  entries?: number;

  /** Bytes of the uncompressed layer, what follows its end included. Default: four times `maxSize`. */
  bytes?: number;

  /** Bytes of a path. Default: what fits the tar's own header, 1 MiB. */
  pathLength?: number;

  /**
   * How many times larger than its input the uncompressed layer may be; judged from 16 MiB on.
   * Default: any, for layers of mostly zeros do reach 1,000, and `bytes` bounds the work.
   */
  ratio?: number;
}

export interface Progress {
  /** Bytes of the source, as it comes. */
  readonly bytesRead: number;

  /** Bytes that there will be, where that is known. */
  readonly totalBytes?: number;
}

export interface ConvertOptions {
  /** Default: "hcsshim", byte for byte what hcsshim's tar2ext4 writes. */
  profile?: Profile;

  /** "overlay" turns entries called `.wh.*` into overlayfs' whiteouts. Default: "keep", they are ordinary files. */
  whiteouts?: "keep" | "overlay";

  /** Files of at most 136 bytes live in their inode. */
  inline?: boolean;

  /** `\` in names and link targets becomes `/`. */
  convertSlash?: boolean;

  /** A dm-verity tree follows the filesystem. */
  verity?: boolean;

  /** What file the disk lies in, its dm-verity tree with it. Default: "raw", the file is the disk. */
  container?: Container;

  /** The same as `container: "vhd"`. */
  vhd?: boolean;

  /**
   * Bytes of a block of a dynamic VHD (512 KiB or 2 MiB) or a VHDX (a power of two from 1 MiB to 256 MiB). Small ones
   * make small files, large ones short tables. Default: 2 MiB.
   */
  containerBlockSize?: number;

  /** The source is an image already: nothing is decompressed or read, only `verity` and `container` are added. */
  raw?: boolean;

  /** Bytes that the filesystem may have. Default: 16 GiB. */
  maxSize?: number;

  /** Whether the result names the SHA-256 of the input and of the layer. Hashing costs more than converting. Default: true. */
  digests?: boolean;

  limits?: Limits;

  /** What the operating system can do beyond Node's own calls. Default: nothing; all works without, some of it slower. */
  platform?: Platform;

  /** Rejects with the signal's reason; nothing is left behind. */
  signal?: AbortSignal;

  /** Called about ten times a second at most, and once at the end. */
  onProgress?: (progress: Progress) => void;
}

/** Options with nothing left open, but for what the core has a default for: 0. */
export type Plan = Required<Omit<ConvertOptions, "platform" | "signal" | "onProgress" | "limits" | "vhd">> &
  Pick<ConvertOptions, "platform" | "signal" | "onProgress"> & { limits: Required<Limits> };

const DEFAULT_MAX_SIZE = 16 * GIB;
const BYTES_PER_INODE = 4096; // a group of 128 MiB has at most 32,768 inodes

/** @throws ImageError  InvalidArgument, for an option that makes no sense */
export function planOf(options: ConvertOptions): Plan {
  const maxSize = count("maxSize", options.maxSize, 0);
  const room = maxSize === 0 ? DEFAULT_MAX_SIZE : maxSize;
  return {
    profile: oneOf("profile", options.profile, ["hcsshim"]),
    whiteouts: oneOf("whiteouts", options.whiteouts, ["keep", "overlay"]),
    inline: options.inline ?? false,
    convertSlash: options.convertSlash ?? false,
    verity: options.verity ?? false,
    container: containerOf(options),
    containerBlockSize: count("containerBlockSize", options.containerBlockSize, 0),
    raw: options.raw ?? false,
    maxSize,
    digests: options.digests ?? true,
    limits: {
      entries: count(
        "limits.entries",
        options.limits?.entries,
        Math.ceil(Math.max(room, DEFAULT_MAX_SIZE) / BYTES_PER_INODE),
      ),
      bytes: count("limits.bytes", options.limits?.bytes, options.raw ? Infinity : 4 * room),
      pathLength: count("limits.pathLength", options.limits?.pathLength, 0),
      ratio: count("limits.ratio", options.limits?.ratio, Infinity),
    },
    platform: options.platform,
    signal: options.signal,
    onProgress: options.onProgress,
  };
}

function containerOf({ container, vhd }: ConvertOptions): Container {
  const asked = oneOf("container", container, CONTAINERS);
  if (!vhd) return asked;
  if (container === undefined || container === "vhd") return "vhd";
  throw new ImageError(ErrorCode.InvalidArgument, `vhd: is another container than "${container}"`);
}

export function count(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ImageError(ErrorCode.InvalidArgument, `${name}: ${value} is not a whole number of 0 or more`);
}

/** The first of `values` is the default. */
export function oneOf<T extends string>(name: string, value: T | undefined, values: readonly [T, ...T[]]): T {
  if (value === undefined) return values[0];
  if (values.includes(value)) return value;
  throw new ImageError(ErrorCode.InvalidArgument, `${name}: "${value}" is none of ${values.join(", ")}`);
}
