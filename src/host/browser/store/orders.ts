/** What a store can be asked for: how each kind of image is made, and what it is known by. */
import type { ConvertResult } from "../../conversion.ts";
import { type DiskCopyOptions, type DiskResult, diskPlanOf } from "../../disk-writing.ts";
import type { LayerDigests } from "../../layer-digests.ts";
import type { RootfsResult } from "../../merging.ts";
import { type ConversionOptions, planOf } from "../../options.ts";
import { type MergeOptions, rootfsPlanOf } from "../../rootfs-options.ts";
import { callConvert, callMakeRootfs, convertDisk, type WebLayer } from "../conversions.ts";
import type { Fingerprints } from "../operations/convert.ts";
import type { WebSource } from "../web-source.ts";
import type { ImageKind } from "./image-id.ts";
import { type ReadSource, StoredBytes, type StoredSource, storedBytes, storedSource } from "./sources.ts";

interface Titled {
  /** What `list` calls the image. Default: the name of the source, if it is a File. */
  title?: string;
}

/** Digests are always computed: images are known by them. */
export type StoreConvertOptions = Omit<ConversionOptions, "digests"> & Titled;

export type StoreRootfsOptions = Omit<MergeOptions, "digests"> & Titled;

export type StoreDiskOptions = DiskCopyOptions & Titled;

/** One image that is wanted. */
export interface Order<Result> {
  readonly kind: ImageKind;
  readonly title: string;

  /** As they were given, to be shown. */
  readonly options: object;

  /** With nothing left open, to be known by. */
  readonly settled: object;

  readonly sources: readonly StoredSource[];

  /** What the sources are said to have, in their order. */
  readonly claims: readonly (LayerDigests | undefined)[];

  make(target: FileSystemFileHandle): Promise<Result>;

  /** What the result tells of the sources. */
  sourcesOf(result: Result): Promise<ReadSource[]>;

  /** The result of an image that was found, for sources that were known: they may be compressed in another way. */
  resultFor(found: Result, known: readonly ReadSource[]): Result;
}

/** @throws ImageError  InvalidArgument, for an option that makes no sense */
export async function layerOrder(
  from: WebSource,
  { title = titleOf(from), signal: _, onProgress, expected, ...options }: StoreConvertOptions,
  signal: AbortSignal,
): Promise<Order<ConvertResult>> {
  const settled = settle(planOf({ ...options, digests: true }));
  const source = options.raw ? await storedBytes(from, signal) : await storedSource(from, signal);
  const asked = { ...options, ...withProgress(onProgress), ...(expected && { expected }), digests: true, signal };
  return {
    kind: "layer",
    title,
    options,
    settled,
    sources: [source],
    claims: [expected],
    make: async (target) => learn([source], await callConvert(source.source, target, asked, true)),
    async sourcesOf({ input, diffId, diffSize, compression }) {
      if (source instanceof StoredBytes) return [await source.known()];
      return [{ ...input, diffId: diffId!, diffSize, compression }];
    },
    resultFor(found, [known]) {
      if (source instanceof StoredBytes) return found;
      const { digest, size, compression } = known!;
      return { ...found, input: { ...(digest && { digest }), size }, compression };
    },
  };
}

/** @throws ImageError  InvalidArgument, for an option that makes no sense */
export async function rootfsOrder(
  layers: readonly WebLayer[],
  { title = "", signal: _, onProgress, ...options }: StoreRootfsOptions,
  signal: AbortSignal,
): Promise<Order<RootfsResult>> {
  const settled = {
    ...settle(rootfsPlanOf({ ...options, digests: true })),
    additions: layers.map(({ addition }) => addition ?? false),
  };
  const sources = await Promise.all(layers.map(({ source }) => storedSource(source, signal)));
  const held = layers.map((layer, index) => ({ ...layer, source: sources[index]!.source }));
  const asked = { ...options, ...withProgress(onProgress), digests: true, signal };
  return {
    kind: "rootfs",
    title,
    options,
    settled,
    sources,
    claims: layers,
    make: async (target) => learn(sources, await callMakeRootfs(held, target, asked, true)),
    sourcesOf: async (result) => result.layers.map((layer) => ({ ...layer, diffId: layer.diffId! })),
    resultFor: (found, known) => ({ ...found, layers: known.map(layerOf) }),
  };
}

/** @throws ImageError  InvalidArgument, for an option that makes no sense */
export async function diskOrder(
  from: Blob | FileSystemFileHandle,
  { title = titleOf(from), signal: _, onProgress, ...options }: StoreDiskOptions,
  signal: AbortSignal,
): Promise<Order<DiskResult>> {
  const settled = settle(diskPlanOf(options));
  const source = (await storedBytes(from, signal)) as StoredBytes; // as it is no stream
  return {
    kind: "disk",
    title,
    options,
    settled,
    sources: [source],
    claims: [undefined],
    make: (target) => convertDisk(source.source, target, { ...options, ...withProgress(onProgress), signal }),
    sourcesOf: async () => [await source.known()],
    resultFor: (found) => found,
  };
}

/** Tells the sources what they are known by. @returns the rest of the result */
function learn<Result extends Fingerprints>(
  sources: readonly StoredSource[],
  { fingerprints, ...result }: Result,
): Omit<Result, "fingerprints"> {
  for (const [index, fingerprint] of fingerprints.entries()) if (fingerprint) sources[index]!.learn(fingerprint);
  return result;
}

/** What of a plan makes a difference to the image. */
function settle<Plan extends object>(plan: Plan): object {
  return { ...plan, digests: undefined, expected: undefined, signal: undefined, onProgress: undefined };
}

function withProgress(onProgress: ConversionOptions["onProgress"]): Pick<ConversionOptions, "onProgress"> {
  return onProgress ? { onProgress } : {};
}

function layerOf({ digest, diffId, size, diffSize, compression }: ReadSource): RootfsResult["layers"][number] {
  return { ...(digest && { digest }), diffId, size, diffSize, compression };
}

function titleOf(source: WebSource): string {
  return source instanceof File || source instanceof FileSystemFileHandle ? source.name : "";
}
