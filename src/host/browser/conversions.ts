/** Conversions for a page: each runs in a worker, so that the page is never held up. */
import type { ConvertResult } from "../conversion.ts";
import type { DiskCopyOptions, DiskResult } from "../disk-writing.ts";
import type { MakeFilesystemOptions, MakeFilesystemResult } from "../empty-filesystem.ts";
import type { LayerDescription, RootfsResult } from "../merging.ts";
import type { ConversionOptions } from "../options.ts";
import type { MergeOptions } from "../rootfs-options.ts";
import type { Fingerprints } from "./operations/convert.ts";
import type { ArgumentOf, OperationName, ResultOf } from "./operations.ts";
import { assertIsApart, forget, sendLayers, sendSource, type WebSource } from "./web-source.ts";
import { callWorker } from "./workers.ts";

/**
 * Where an image goes: a file of the origin's own (OPFS), or one that the user has picked (showSaveFilePicker); or "blob",
 * and the result has it. A file that is read can be no target: InvalidArgument.
 */
export type WebTarget = FileSystemFileHandle | "blob";

/** What came of an image whose target is "blob": it has it; else it has none. */
export interface WithBlob {
  readonly blob?: Blob;
}

export interface WebFilesystemOptions extends MakeFilesystemOptions {
  /** Rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** A layer of a root filesystem. */
export interface WebLayer extends LayerDescription {
  /** A tar, plain or compressed. A stream can be read once only, which is enough, unless a hard link leads to what a layer above hides. */
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
  options: ConversionOptions = {},
): Promise<ConvertResult & WithBlob> {
  const { fingerprints: _, ...result } = await callConvert(source, target, options, false);
  return result;
}

/** For the store, which knows Blobs by what is told besides. */
export function callConvert(
  source: WebSource,
  target: WebTarget,
  options: ConversionOptions,
  fingerprint: boolean,
): Promise<ConvertResult & WithBlob & Fingerprints> {
  const transfer: unknown[] = [];
  return run("convert", { source: sendSource(source, transfer), target, fingerprint }, [source], options, transfer);
}

/**
 * Makes one ext4 filesystem of `layers`, lowest first: as `makeRootfs` in Node, byte for byte.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`
 */
export async function makeRootfs(
  layers: readonly WebLayer[],
  target: WebTarget,
  options: MergeOptions = {},
): Promise<RootfsResult & WithBlob> {
  const { fingerprints: _, ...result } = await callMakeRootfs(layers, target, options, false);
  return result;
}

/** As `callConvert`. */
export function callMakeRootfs(
  layers: readonly WebLayer[],
  target: WebTarget,
  options: MergeOptions,
  fingerprint: boolean,
): Promise<RootfsResult & WithBlob & Fingerprints> {
  const transfer: unknown[] = [];
  const sent = sendLayers(layers, transfer);
  const sources = layers.map(({ source }) => source);
  return run("makeRootfs", { layers: sent, target, fingerprint }, sources, options, transfer);
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
  return run("makeFilesystem", { target }, [], options, []);
}

/**
 * Writes the disk that `image` holds, raw, in a VHD or in a VHDX, into another container.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`
 */
export async function convertDisk(
  image: Blob | FileSystemFileHandle,
  target: WebTarget,
  options: DiskCopyOptions = {},
): Promise<DiskResult & WithBlob> {
  return run("convertDisk", { image, target }, [image], options, []);
}

/** Those that take a target. */
type Conversion = Extract<OperationName, "convert" | "makeRootfs" | "makeFilesystem" | "convertDisk">;

/** What stays in the page. */
interface Watched {
  signal?: AbortSignal | undefined;
  onProgress?: ConversionOptions["onProgress"];
}

/** @param sources  that are read */
async function run<Name extends Conversion>(
  name: Name,
  argument: Omit<ArgumentOf<Name>, "options">,
  sources: readonly WebSource[],
  { signal, onProgress, ...options }: Watched & object,
  transfer: unknown[],
): Promise<ResultOf<Name>> {
  try {
    await assertIsApart(argument.target, sources);
  } catch (error) {
    forget(transfer);
    throw error;
  }
  return callWorker(name, { ...argument, options } as ArgumentOf<Name>, { signal, onProgress, transfer });
}
