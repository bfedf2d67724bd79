/** Options as they stand in fstab, sorted by who takes them: the mount, the filesystem, the loop device. */
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { MOUNT_ATTR, MS_PROPAGATION } from "./libc.ts";

export interface MountOptions {
  /** MOUNT_ATTR_…: those to set, and those to clear where they are set already. */
  readonly set: number;
  readonly clear: number;

  /** Flags that every filesystem knows, such as "ro". */
  readonly flags: readonly string[];

  /** All that only the filesystem itself understands. A flag has no value. */
  readonly data: readonly Datum[];

  /** To show a directory in a second place; all that is mounted under it too if "recursive". */
  readonly bind?: "one" | "recursive";

  /** To change what is mounted already. */
  readonly remount: boolean;
  readonly propagation?: Propagation;

  /** A loop device is to be made of the source. */
  readonly loop?: LoopOptions;
}

export type Datum = readonly [key: string, value?: string];

export interface Propagation {
  /** MS_SHARED and the like. */
  readonly type: number;
  readonly recursive: boolean;
}

export interface LoopOptions {
  readonly readOnly: boolean;
  readonly directIo: boolean;

  /** Of the file, in bytes: where the device begins, and how long it is; 0 for all that there is. */
  readonly offset: number;
  readonly sizeLimit: number;
}

const { RDONLY, NOSUID, NODEV, NOEXEC, ATIME, RELATIME, NOATIME, STRICTATIME, NODIRATIME, NOSYMFOLLOW } = MOUNT_ATTR;

/** Attributes that an option sets and clears. Source: mount(8), "Filesystem-independent mount options". */
const ATTRIBUTES: Record<string, [set: number, clear: number]> = {
  ro: [RDONLY, 0],
  rw: [0, RDONLY],
  nosuid: [NOSUID, 0],
  suid: [0, NOSUID],
  nodev: [NODEV, 0],
  dev: [0, NODEV],
  noexec: [NOEXEC, 0],
  exec: [0, NOEXEC],
  noatime: [NOATIME, ATIME],
  atime: [RELATIME, ATIME],
  relatime: [RELATIME, ATIME],
  norelatime: [0, 0],
  strictatime: [STRICTATIME, ATIME],
  nostrictatime: [RELATIME, ATIME],
  nodiratime: [NODIRATIME, 0],
  diratime: [0, NODIRATIME],
  nosymfollow: [NOSYMFOLLOW, 0],
  symfollow: [0, NOSYMFOLLOW],
  defaults: [0, 0],
};

/** What the kernel takes for any filesystem. Source: Linux, fs/fs_context.c. */
const FLAGS = ["ro", "rw", "sync", "async", "dirsync", "mand", "nomand", "lazytime", "nolazytime"];

const PROPAGATION: Record<string, number> = {
  private: MS_PROPAGATION.PRIVATE,
  shared: MS_PROPAGATION.SHARED,
  slave: MS_PROPAGATION.SLAVE,
  unbindable: MS_PROPAGATION.UNBINDABLE,
};

/** @throws ImageError  InvalidArgument: an option that is for another program, or a number that is none */
export function parseOptions(options: readonly string[]): MountOptions {
  const others = options.filter((option) => !isGeneral(option));
  for (const option of others) {
    // To pass them on would be to drop what somebody asked for: the kernel refuses them with less to say.
    if (/^x-/i.test(option))
      throw new ImageError(ErrorCode.InvalidArgument, `mount: option ${option} is for another program`);
  }
  const recursive = options.includes("rbind");
  const propagation = options.map(propagationOf).findLast((each) => each !== undefined);
  const data = others.map(splitOption);
  const loop = options.includes("loop") ? loopOptions(options, data) : undefined;
  return {
    ...attributesOf(options),
    flags: options.filter((option) => FLAGS.includes(option)),
    data: loop ? data.filter(([key]) => !LOOP_KEYS.includes(key)) : data,
    remount: options.includes("remount"),
    ...((recursive || options.includes("bind")) && { bind: recursive ? "recursive" : "one" }),
    ...(propagation && { propagation }),
    ...(loop && { loop }),
  };
}

function isGeneral(option: string): boolean {
  return (
    Object.hasOwn(ATTRIBUTES, option) ||
    FLAGS.includes(option) ||
    propagationOf(option) !== undefined ||
    ["bind", "rbind", "remount", "loop", ""].includes(option)
  );
}

/** The last word counts, of those that contradict one another. */
function attributesOf(options: readonly string[]): Pick<MountOptions, "set" | "clear"> {
  let [set, clear] = [0, 0];
  for (const option of options) {
    if (!Object.hasOwn(ATTRIBUTES, option)) continue;
    const [on, off] = ATTRIBUTES[option]!;
    set = (set & ~off) | on;
    clear = (clear & ~(on & ~ATIME)) | off;
  }
  return { set, clear };
}

function propagationOf(option: string): Propagation | undefined {
  const recursive = option.startsWith("r") && Object.hasOwn(PROPAGATION, option.slice(1));
  const name = recursive ? option.slice(1) : option;
  return Object.hasOwn(PROPAGATION, name) ? { type: PROPAGATION[name]!, recursive } : undefined;
}

function splitOption(option: string): Datum {
  const at = option.indexOf("=");
  return at < 0 ? [option] : [option.slice(0, at), option.slice(at + 1)];
}

const LOOP_KEYS = ["direct-io", "offset", "sizelimit"];

function loopOptions(options: readonly string[], data: readonly Datum[]): LoopOptions {
  return {
    readOnly: options.findLast((option) => option === "ro" || option === "rw") === "ro",
    directIo: data.some(([key]) => key === "direct-io"),
    offset: bytes(data, "offset"),
    sizeLimit: bytes(data, "sizelimit"),
  };
}

function bytes(data: readonly Datum[], name: string): number {
  const found = data.findLast(([key]) => key === name);
  if (found === undefined) return 0;
  const count = Number(found[1]);
  if (/^\d+$/.test(found[1] ?? "") && Number.isSafeInteger(count)) return count;
  throw new ImageError(ErrorCode.InvalidArgument, `mount: ${name}=${found[1] ?? ""} is not a number of bytes`);
}
