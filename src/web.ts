/** The public API for a page, `layerkiln/web`: re-exports, nothing else. */

export {
  convert,
  convertDisk,
  makeFilesystem,
  makeRootfs,
  type WebFilesystemOptions as MakeFilesystemOptions,
  type WebLayer as RootfsLayer,
  type WebTarget,
  type WithBlob,
} from "./host/browser/conversions.ts";
export { type Locations, setLocations } from "./host/browser/start-worker.ts";
export {
  ImageStore,
  type Stored,
  type StoredImage,
  type StoreUsage,
} from "./host/browser/store/image-store.ts";
export { openStore, type StoreOptions } from "./host/browser/store/open-store.ts";
export type { StoreConvertOptions, StoreDiskOptions, StoreRootfsOptions } from "./host/browser/store/orders.ts";
export type { Cleared } from "./host/browser/store/shelf.ts";
export type { WebSource } from "./host/browser/web-source.ts";
export { endWorkers } from "./host/browser/workers.ts";
export type { Compression } from "./host/compression.ts";
export type { Container } from "./host/container.ts";
export type { ConvertResult } from "./host/conversion.ts";
export type { DiskCopyOptions as DiskOptions, DiskResult } from "./host/disk-writing.ts";
export type { MakeFilesystemResult } from "./host/empty-filesystem.ts";
export { ErrorCode, ImageError, isError } from "./host/errors.ts";
export type { FilesystemOptions } from "./host/filesystem-options.ts";
export type { LayerDigests } from "./host/layer-digests.ts";
export type { MergedLayer, RootfsResult } from "./host/merging.ts";
export type { ConversionOptions as ConvertOptions, Limits, Profile, Progress } from "./host/options.ts";
export type { MergeOptions as RootfsOptions } from "./host/rootfs-options.ts";
