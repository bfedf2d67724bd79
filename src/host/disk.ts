/** A disk goes from one container into another. */
import { Format, Option, Result } from "../../assembly/abi.ts";
import { CONTAINERS, type Container, containerNumber } from "./container.ts";
import { type Core, startCore } from "./core.ts";
import { type Disk, startDiskCore } from "./disk-core.ts";
import { INPUT_SIZE } from "./fed-core.ts";
import { intakeByPosition } from "./intake.ts";
import { OpenImage } from "./open-image.ts";
import type { Progress } from "./options.ts";
import type { Platform } from "./platform.ts";
import { asOperation, intoTarget, type Target, writeTo } from "./target.ts";
import { count, oneOf } from "./values.ts";

export interface DiskOptions {
  /** What file the disk is to lie in. Default: "raw", the file is the disk. */
  container?: Container;

  /** As for `convert`. */
  containerBlockSize?: number;

  /** A dm-verity tree follows the disk's content, in the same disk. */
  verity?: boolean;

  platform?: Platform;

  /** Rejects with the signal's reason; nothing is left behind. */
  signal?: AbortSignal;

  /** Called about ten times a second at most, and once at the end; `bytesRead` are bytes of the disk. */
  onProgress?: (progress: Progress) => void;
}

export interface DiskResult {
  /** Bytes of the file that was written. */
  readonly size: number;

  /** Bytes of the disk that was read. */
  readonly diskSize: number;

  /** What it lay in. */
  readonly from: Container;

  /** Of the dm-verity tree, in hex. */
  readonly rootHash?: string;

  /** Byte of the disk where the dm-verity superblock stands. */
  readonly hashOffset?: number;
}

/**
 * Writes the disk that `image` holds, raw, in a VHD or in a VHDX, into another container. Blocks of zeros take no room
 * where the container can do without them.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`
 */
export async function convertDisk(image: string | URL, target: Target, options: DiskOptions = {}): Promise<DiskResult> {
  const { platform, signal, onProgress } = options;
  return asOperation("disk", signal, async () => {
    const container = oneOf("container", options.container, CONTAINERS);
    const blockSize = count("containerBlockSize", options.containerBlockSize, 0);
    const file = await OpenImage.open(image, platform);
    try {
      const { disk } = await startDiskCore(file);
      return await intoTarget(target, signal, async (sink) => {
        const core = await startCore((at, bytes) => writeTo(sink, at, bytes));
        core.set(Option.Container, containerNumber(container));
        core.set(Option.ContainerBlockSize, blockSize);
        core.set(Option.Verity, options.verity ?? false);
        await feedDisk(disk, core, signal, onProgress);
        return { ...describe(core), diskSize: disk.size, from: disk.container };
      });
    } finally {
      await file.close();
    }
  });
}

/** Makes an image of a whole disk, of which only what is not known to be zeros is read. */
export async function feedDisk(
  disk: Disk,
  core: Core,
  signal: AbortSignal | undefined,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<void> {
  const intake = intakeByPosition(disk.size, signal, onProgress);
  try {
    core.open(Format.Raw);
    for (let at = 0; at < disk.size; ) {
      const data = disk.dataAfter(at);
      const length = Math.min(INPUT_SIZE, disk.size - data);
      core.skip(data - at);
      core.input().set(disk.read(data, length));
      core.feed(length);
      await intake.pass(data + length - at);
      at = data + length;
    }
    core.finish();
    intake.report();
  } finally {
    await intake.close();
  }
}

function describe(core: Core): Pick<DiskResult, "size" | "rootHash" | "hashOffset"> {
  const rootHash = core.rootHash();
  return {
    size: core.result(Result.Size),
    ...(rootHash && {
      rootHash: Buffer.from(rootHash).toString("hex"),
      hashOffset: core.result(Result.FilesystemSize),
    }),
  };
}
