/** Conversions, as a worker runs them: the very ones of Node, with a browser's sources and targets. */
import { type ConvertResult, convertInput } from "../../conversion.ts";
import { startDiskCore } from "../../disk-core.ts";
import { type DiskCopyOptions, type DiskResult, diskPlanOf, writeDisk } from "../../disk-writing.ts";
import {
  emptyFilesystemPlanOf,
  type MakeFilesystemOptions,
  type MakeFilesystemResult,
  writeEmptyFilesystem,
} from "../../empty-filesystem.ts";
import { type LayerDescription, type LayerInput, mergeLayers, type RootfsResult } from "../../merging.ts";
import { asOperation } from "../../operation.ts";
import { type ConversionOptions, planOf } from "../../options.ts";
import { type MergeOptions, rootfsPlanOf } from "../../rootfs-options.ts";
import { openBlob } from "../blob-access.ts";
import type { CallContext } from "../calls.ts";
import type { WebTarget, WithBlob } from "../conversions.ts";
import { Fingerprint } from "../fingerprint.ts";
import { intoWebTarget } from "../image-target.ts";
import { fileOf, openSource, sizeOf } from "../layer-source.ts";
import { loadWasm } from "../wasm-files.ts";
import type { SentSource } from "../web-source.ts";

/** Options that can be sent: what stays in the page is in the context. */
export type Sent<Options> = Omit<Options, "signal" | "onProgress">;

/** Whether it is also told what Blobs are known by. */
export interface MayFingerprint {
  readonly fingerprint?: boolean;
}

/** Of each source; undefined: it is no Blob, or it was not asked for. */
export interface Fingerprints {
  readonly fingerprints: readonly (string | undefined)[];
}

export interface ConvertArgument extends MayFingerprint {
  readonly source: SentSource;
  readonly target: WebTarget;
  readonly options: Sent<ConversionOptions>;
}

export interface RootfsArgument extends MayFingerprint {
  readonly layers: readonly (LayerDescription & { readonly source: SentSource })[];
  readonly target: WebTarget;
  readonly options: Sent<MergeOptions>;
}

export interface FilesystemArgument {
  readonly target: WebTarget;
  readonly options: MakeFilesystemOptions;
}

export interface DiskArgument {
  readonly image: Blob | FileSystemFileHandle;
  readonly target: WebTarget;
  readonly options: Sent<DiskCopyOptions>;
}

export async function convert(
  { source, target, options, ...asked }: ConvertArgument,
  { signal, onProgress }: CallContext,
): Promise<ConvertResult & WithBlob & Fingerprints> {
  return asOperation("convert", signal, async () => {
    const plan = planOf({ ...options, signal, onProgress });
    await loadWasm("core.wasm");
    const fingerprint = fingerprintOf(source, asked);
    const result = await intoWebTarget(target, (sink) =>
      convertInput(() => openSource(source, fingerprint), sink, plan),
    );
    return { ...result, fingerprints: [await fingerprint?.digest()] };
  });
}

function fingerprintOf(source: SentSource, { fingerprint }: MayFingerprint): Fingerprint | undefined {
  return fingerprint && source instanceof Blob ? new Fingerprint(source.size) : undefined;
}

export async function makeRootfs(
  { layers, target, options, ...asked }: RootfsArgument,
  { signal, onProgress }: CallContext,
): Promise<RootfsResult & WithBlob & Fingerprints> {
  return asOperation("rootfs", signal, async () => {
    const plan = rootfsPlanOf({ ...options, signal, onProgress });
    await loadWasm("core.wasm");
    const fingerprints = layers.map(({ source }) => fingerprintOf(source, asked));
    const inputs = await Promise.all(layers.map((layer, index) => inputOf(layer, fingerprints[index])));
    const result = await intoWebTarget(target, (sink) => mergeLayers(inputs, sink, plan));
    return { ...result, fingerprints: await Promise.all(fingerprints.map((fingerprint) => fingerprint?.digest())) };
  });
}

async function inputOf(
  { source: sent, ...description }: RootfsArgument["layers"][number],
  fingerprint: Fingerprint | undefined,
): Promise<LayerInput> {
  const source = sent instanceof FileSystemFileHandle ? await fileOf(sent) : sent;
  return { ...description, open: () => openSource(source, fingerprint), size: () => sizeOf(source) };
}

export async function makeFilesystem(
  { target, options }: FilesystemArgument,
  { signal }: CallContext,
): Promise<MakeFilesystemResult & WithBlob> {
  return asOperation("filesystem", signal, async () => {
    const plan = emptyFilesystemPlanOf(options);
    await loadWasm("core.wasm");
    return intoWebTarget(target, (sink) => writeEmptyFilesystem(sink, plan));
  });
}

export async function convertDisk(
  { image, target, options }: DiskArgument,
  { signal, onProgress }: CallContext,
): Promise<DiskResult & WithBlob> {
  return asOperation("disk", signal, async () => {
    const plan = diskPlanOf({ ...options, signal, onProgress });
    await loadWasm("core.wasm", "disk.wasm");
    const { disk } = await startDiskCore(openBlob(await fileOf(image)));
    return intoWebTarget(target, (sink) => writeDisk(disk, sink, plan));
  });
}
