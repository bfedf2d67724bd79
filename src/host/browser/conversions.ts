/** Conversions for a page: each runs in a worker, so that the page is never held up. */
import type { ConvertResult } from "../convert.ts";
import type { DiskOptions, DiskResult } from "../disk.ts";
import type { MakeFilesystemOptions, MakeFilesystemResult } from "../filesystem.ts";
import type { ConvertOptions } from "../options.ts";
import type { RootfsLayer, RootfsResult } from "../rootfs.ts";
import type { RootfsOptions } from "../rootfs-options.ts";
import type { ArgumentOf, OperationName, ResultOf } from "./operations.ts";
import { sendSource, type WebSource } from "./web-source.ts";
import { callWorker } from "./workers.ts";

/**
 * Where an image goes: a file of the origin's own (OPFS), or one that the user has picked (showSaveFilePicker); or "blob",
 * and the result has it.
 */
export type WebTarget = FileSystemFileHandle | "blob";

/** What came of an image whose target is "blob": it has it; else it has none. */
export interface WithBlob {
  readonly blob?: Blob;
}

export type WebConvertOptions = Omit<ConvertOptions, "platform">;

export type WebRootfsOptions = Omit<RootfsOptions, "platform">;

export type WebDiskOptions = Omit<DiskOptions, "platform">;

export interface WebFilesystemOptions extends MakeFilesystemOptions {
  /** Rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface WebRootfsLayer extends Omit<RootfsLayer, "source"> {
  /** A tar, plain or compressed. A stream can be read once only, which is enough for most layers: see RootfsLayer. */
  readonly source: WebSource;
}

/**
 * Makes an image from `source`, and reads it to its very end: as `convert` in Node, byte for byte.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`. Unavailable: there can be no worker here
 */
export async function convert(
  source: WebSource,
  target: WebTarget,
  options: WebConvertOptions = {},
): Promise<ConvertResult & WithBlob> {
  const transfer: unknown[] = [];
  return run("convert", { source: sendSource(source, transfer), target }, options, transfer);
}

/**
 * Makes one ext4 filesystem of `layers`, lowest first: as `makeRootfs` in Node, byte for byte.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`
 */
export async function makeRootfs(
  layers: readonly WebRootfsLayer[],
  target: WebTarget,
  options: WebRootfsOptions = {},
): Promise<RootfsResult & WithBlob> {
  const transfer: unknown[] = [];
  const sent = layers.map((layer) => ({ ...layer, source: sendSource(layer.source, transfer) }));
  return run("makeRootfs", { layers: sent, target }, options, transfer);
}

/**
 * Makes an empty ext4 filesystem. Only what is not zero is written.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`
 */
export async function makeFilesystem(
  target: WebTarget,
  options: WebFilesystemOptions,
): Promise<MakeFilesystemResult & WithBlob> {
  return run("makeFilesystem", { target }, options, []);
}

/**
 * Writes the disk that `image` holds, raw, in a VHD or in a VHDX, into another container.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`
 */
export async function convertDisk(
  image: Blob | FileSystemFileHandle,
  target: WebTarget,
  options: WebDiskOptions = {},
): Promise<DiskResult & WithBlob> {
  return run("convertDisk", { image, target }, options, []);
}

/** Those that take a target. */
type Conversion = Extract<OperationName, "convert" | "makeRootfs" | "makeFilesystem" | "convertDisk">;

/** What stays in the page. */
interface Watched {
  signal?: AbortSignal | undefined;
  onProgress?: WebConvertOptions["onProgress"];
}

function run<Name extends Conversion>(
  name: Name,
  argument: Omit<ArgumentOf<Name>, "options">,
  { signal, onProgress, ...options }: Watched & object,
  transfer: unknown[],
): Promise<ResultOf<Name>> {
  return callWorker(name, { ...argument, options } as ArgumentOf<Name>, { signal, onProgress, transfer });
}
