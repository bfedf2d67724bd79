/** The layers of a container image become images, each its own, over the cores of this machine. */
import { join } from "node:path";
import { CONTAINERS, type Container } from "../container.ts";
import type { ConvertResult } from "../conversion.ts";
import type { ConvertOptions } from "../convert.ts";
import { ImageError } from "../errors.ts";
import type { ContainerImage, ImageLayer } from "../oci/container-image.ts";
import { parseDigest } from "../oci/digest.ts";
import { asOperation } from "../operation.ts";
import { planOf } from "../options.ts";
import { pathOf } from "../source.ts";
import { count, oneOf } from "../values.ts";
import type { LayerJob } from "./layer-job.ts";
import { JobFailure, runJobs } from "./layer-threads.ts";
import { intoDirectory } from "./staging.ts";

export interface ConvertLayersOptions
  extends Pick<
    ConvertOptions,
    | "profile"
    | "verity"
    | "container"
    | "containerBlockSize"
    | "inline"
    | "maxSize"
    | "limits"
    | "signal"
    | "onProgress"
  > {
  /** Layers at a time, each in a thread of its own; one is made in this one. Default: as many as the machine has cores. */
  readonly jobs?: number;
}

/** A layer, and what became of it. */
export interface LayerImage {
  /** Counted from the lowest, which is 0. */
  readonly layer: number;

  /** Digest of the uncompressed layer. */
  readonly diffId: string;

  /** Of the blob. */
  readonly digest?: string;

  /** The file: the diff id's hex digits, and what the file is. Absent where none was wanted. */
  readonly path?: string;

  /** The lowest layer with the same content, if that is another: they have one file. */
  readonly sameAs?: number;

  /** Bytes of the file. */
  readonly size: number;
  readonly entries: number;

  /** Of the dm-verity tree, in hex, and the byte of the image where its superblock stands. */
  readonly rootHash?: string;
  readonly hashOffset?: number;
}

/** What dmverity-vhd takes: it goes into the image of profile hcsshim, and so into its root hash. */
const MAX_SIZE = 128 * 1024 ** 3;

const EXTENSIONS: Record<Container, string> = { raw: ".ext4", vhd: ".vhd", "vhd-dynamic": ".vhd", vhdx: ".vhdx" };

/**
 * Makes an image of each layer, in profile "hcsshim" unless another is asked for, with whiteouts as overlayfs has them: with
 * `verity`, the root hashes are those that dmverity-vhd computes. Layers that occur twice are made once. Layers are held
 * against the digests in the manifest.
 *
 * @param directory  is made if it is not there; files of the same names are replaced. Without one no image is kept.
 * @returns          the layers in the order of the manifest, the lowest first
 * @throws ImageError  the first failure, which ends all: nothing of this run is left. Or the reason of `options.signal`.
 */
export async function convertLayers(
  { layers }: Pick<ContainerImage, "layers">,
  directory: string | URL | undefined,
  options: ConvertLayersOptions = {},
): Promise<LayerImage[]> {
  return asOperation("convertLayers", options.signal, async () => {
    const plan = layersPlanOf(layers, options);
    if (directory === undefined) return plan.describe(await plan.run(undefined), undefined);
    const path = directory instanceof URL ? pathOf(directory) : directory;
    return intoDirectory(path, async (staging) => {
      const results = await plan.run(staging);
      return { names: plan.names, result: plan.describe(results, path) };
    });
  });
}

function layersPlanOf(layers: readonly ImageLayer[], { jobs, signal, onProgress, ...asked }: ConvertLayersOptions) {
  const options: ConvertOptions = {
    maxSize: MAX_SIZE,
    ...asked,
    profile: oneOf("profile", asked.profile, ["hcsshim", "modern"] as const),
    whiteouts: "overlay",
  };
  planOf(options); // what makes no sense is said once, before there are threads
  const extension = EXTENSIONS[oneOf("container", asked.container, CONTAINERS)];
  const threads = count("jobs", jobs, 0) || process.getBuiltinModule("node:os").availableParallelism();
  const { contents, blobs } = distinct(layers);
  const fileName = ({ diffId }: ImageLayer) => `${parseDigest(diffId, "layer").hex}${extension}`;
  return {
    names: contents.map((first) => fileName(layers[first]!)),
    async run(staging: string | undefined): Promise<ConvertResult[]> {
      const wanted = blobs.map((number): LayerJob => {
        const { source, diffId, digest } = layers[number]!;
        const expected = { diffId, ...(digest !== undefined && { digest }) };
        const isKept = staging !== undefined && contents.includes(number);
        const path = isKept ? { path: join(staging, fileName(layers[number]!)) } : {};
        return { source, ...path, options: { ...options, expected } };
      });
      try {
        return await runJobs(wanted, threads, { ...(signal && { signal }), ...(onProgress && { onProgress }) });
      } catch (error) {
        if (!(error instanceof JobFailure)) throw error;
        const number = blobs[error.index]!;
        throw new ImageError(error.code, `layer ${number}, ${nameOf(layers[number]!)}: ${error.message}`, error);
      }
    },
    describe: (results: readonly ConvertResult[], directory: string | undefined): LayerImage[] =>
      layers.map((layer, number) => {
        const first = contents.find((each) => layers[each]!.diffId === layer.diffId)!;
        const path = directory === undefined ? undefined : join(directory, fileName(layer));
        return describe(layer, number, results[blobs.indexOf(first)]!, path, first);
      }),
  };
}

/**
 * The first layers of each content, and those of each blob: the same content may be compressed in two ways, and then both
 * are read, to be held against their digests, and one is kept.
 */
function distinct(layers: readonly ImageLayer[]): { contents: number[]; blobs: number[] } {
  const firsts = (key: (layer: ImageLayer) => string) => {
    const found = new Map<string, number>();
    for (const [number, layer] of layers.entries()) if (!found.has(key(layer))) found.set(key(layer), number);
    return [...found.values()];
  };
  return { contents: firsts(({ diffId }) => diffId), blobs: firsts(({ diffId, digest }) => `${diffId} ${digest}`) };
}

function describe(
  { diffId, digest }: ImageLayer,
  layer: number,
  { size, entries, rootHash, hashOffset }: ConvertResult,
  path: string | undefined,
  first: number,
): LayerImage {
  return {
    layer,
    diffId,
    ...(digest !== undefined && { digest }),
    ...(path !== undefined && { path }),
    ...(first !== layer && { sameAs: first }),
    size,
    entries,
    ...(rootHash !== undefined && { rootHash }),
    ...(hashOffset !== undefined && { hashOffset }),
  };
}

function nameOf({ digest, diffId }: ImageLayer): string {
  return digest ?? diffId;
}
