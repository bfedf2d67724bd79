/** What a caller may ask of a conversion, and what is taken for granted. */
import { CONTAINERS, type Container } from "./container.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { type FilesystemOptions, type FilesystemPlan, filesystemPlanOf } from "./filesystem-options.ts";
import type { LayerDigests } from "./layer-digests.ts";
import { count, oneOf } from "./values.ts";

const GIB = 1024 ** 3;

/** Which writer's bytes an image has. */
export type Profile = "modern" | "hcsshim";

/** How a conversion may be bounded against hostile layers. What passes a limit fails with OutOfRange. */
export interface Limits {
  /** Inodes, implied directories among them. Default: as many as the image has room for, one in 4 KiB, at least 4 Mi. */
  entries?: number;

  /** Bytes of the uncompressed layer, what follows its end included. Default: four times those that the image may have. */
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

/** Of a conversion, wherever it runs. */
export interface ConversionOptions {
  /**
   * "modern" makes of every sound layer the tree that it describes. "hcsshim" writes byte for byte what hcsshim's tar2ext4
   * writes. Default: "modern".
   */
  profile?: Profile;

  /** "overlay" turns entries called `.wh.*` into overlayfs' whiteouts. Default: "keep", they are ordinary files. */
  whiteouts?: "keep" | "overlay";

  /** Small files live in their inodes: of at most 128 bytes, of 136 in profile "hcsshim". */
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

  /** Bytes that the filesystem may have. Default: `filesystem.size`, or 128 GiB; 16 GiB in profile "hcsshim". */
  maxSize?: number;

  /** How the filesystem is shaped; of profile "modern" alone. */
  filesystem?: FilesystemOptions;

  /** Whether the result names the SHA-256 of the input and of the layer. Hashing costs more than converting. Default: true. */
  digests?: boolean;

  limits?: Limits;

  /** Digests that the source and the uncompressed layer must have, as a manifest says them; else it fails as Corrupt. */
  expected?: LayerDigests;

  /** Rejects with the signal's reason; nothing is left behind. */
  signal?: AbortSignal;

  /** Called about ten times a second at most, and once at the end. */
  onProgress?: (progress: Progress) => void;
}

/** Options with nothing left open, but for what the core has a default for: 0. */
export type Plan = Required<
  Omit<ConversionOptions, "signal" | "onProgress" | "limits" | "vhd" | "filesystem" | "expected">
> &
  Pick<ConversionOptions, "signal" | "onProgress" | "expected"> & {
    limits: Required<Limits>;
    /** Of profile "modern". */
    filesystem?: FilesystemPlan;
  };

/** Bytes that an image may have unless more is said. */
const DEFAULT_MAX_SIZE: Record<Profile, number> = { modern: 128 * GIB, hcsshim: 16 * GIB };
const FEWEST_ENTRIES = 4 * 1024 ** 2;
const BYTES_PER_INODE = 4096; // a group of 128 MiB has at most 32,768 inodes

/** @throws ImageError  InvalidArgument, for an option that makes no sense */
export function planOf(options: ConversionOptions): Plan {
  const profile = oneOf("profile", options.profile, ["modern", "hcsshim"]);
  const maxSize = count("maxSize", options.maxSize, 0);
  const filesystem = filesystemPlanOf(options.filesystem, profile);
  const room = maxSize || filesystem?.size || DEFAULT_MAX_SIZE[profile];
  return {
    profile,
    ...(filesystem && { filesystem }),
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
        Math.max(Math.ceil(room / BYTES_PER_INODE), FEWEST_ENTRIES),
      ),
      bytes: count("limits.bytes", options.limits?.bytes, options.raw ? Infinity : 4 * room),
      pathLength: count("limits.pathLength", options.limits?.pathLength, 0),
      ratio: count("limits.ratio", options.limits?.ratio, Infinity),
    },
    ...(options.expected && { expected: options.expected }),
    signal: options.signal,
    onProgress: options.onProgress,
  };
}

function containerOf({ container, vhd }: ConversionOptions): Container {
  const asked = oneOf("container", container, CONTAINERS);
  if (!vhd) return asked;
  if (container === undefined || container === "vhd") return "vhd";
  throw new ImageError(ErrorCode.InvalidArgument, `vhd: is another container than "${container}"`);
}
