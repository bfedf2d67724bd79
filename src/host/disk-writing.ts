/** A disk that is open goes into another container. */
import { Format, Option, Result } from "../../assembly/abi.ts";
import { CONTAINERS, type Container, containerNumber } from "./container.ts";
import { type Core, startCore } from "./core.ts";
import type { Disk } from "./disk-core.ts";
import { INPUT_SIZE } from "./fed-core.ts";
import { hexOf } from "./hex.ts";
import { type ImageSink, writeTo } from "./image-sink.ts";
import { intakeByPosition } from "./intake.ts";
import type { Progress } from "./options.ts";
import type { Paced } from "./paced.ts";
import { count, oneOf } from "./values.ts";

/** Of a disk's new container, wherever it is written. */
export interface DiskCopyOptions {
  /** What file the disk is to lie in. Default: "raw", the file is the disk. */
  container?: Container;

  /** As for `convert`. */
  containerBlockSize?: number;

  /** A dm-verity tree follows the disk's content, in the same disk. */
  verity?: boolean;

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

/** Options with nothing left open. */
export interface DiskPlan {
  readonly container: Container;
  readonly containerBlockSize: number;
  readonly verity: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** @throws ImageError  InvalidArgument, for an option that makes no sense */
export function diskPlanOf(options: DiskCopyOptions): DiskPlan {
  return {
    container: oneOf("container", options.container, CONTAINERS),
    containerBlockSize: count("containerBlockSize", options.containerBlockSize, 0),
    verity: options.verity ?? false,
    signal: options.signal,
    onProgress: options.onProgress,
  };
}

export async function writeDisk(disk: Disk, sink: ImageSink, plan: DiskPlan): Promise<DiskResult> {
  const core = await startCore((at, bytes) => writeTo(sink, at, bytes));
  core.set(Option.Container, containerNumber(plan.container));
  core.set(Option.ContainerBlockSize, plan.containerBlockSize);
  core.set(Option.Verity, plan.verity);
  await feedDisk(disk, core, plan.signal, plan.onProgress, [sink]);
  return { ...describe(core), diskSize: disk.size, from: disk.container };
}

/** Makes an image of a whole disk, of which only what is not known to be zeros is read. */
export async function feedDisk(
  disk: Disk,
  core: Core,
  signal: AbortSignal | undefined,
  onProgress: ((progress: Progress) => void) | undefined,
  paced: readonly Paced[] = [],
): Promise<void> {
  const intake = intakeByPosition(disk.size, signal, onProgress, paced);
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
      rootHash: hexOf(rootHash),
      hashOffset: core.result(Result.FilesystemSize),
    }),
  };
}
