/** The public API for a page, `layerkiln/web`: re-exports, nothing else. */

export {
  convert,
  convertDisk,
  makeFilesystem,
  makeRootfs,
  type WebConvertOptions as ConvertOptions,
  type WebDiskOptions as DiskOptions,
  type WebFilesystemOptions as MakeFilesystemOptions,
  type WebRootfsLayer as RootfsLayer,
  type WebRootfsOptions as RootfsOptions,
  type WebTarget,
  type WithBlob,
} from "./host/browser/conversions.ts";
export { setWorkerUrl } from "./host/browser/start-worker.ts";
export type { WebSource } from "./host/browser/web-source.ts";
export { endWorkers } from "./host/browser/workers.ts";
export type { Compression } from "./host/compression.ts";
export type { Container } from "./host/container.ts";
export type { ConvertResult } from "./host/convert.ts";
export type { DiskResult } from "./host/disk.ts";
export { ErrorCode, ImageError, isError } from "./host/errors.ts";
export type { MakeFilesystemResult } from "./host/filesystem.ts";
export type { FilesystemOptions } from "./host/filesystem-options.ts";
export type { Limits, Profile, Progress } from "./host/options.ts";
export type { MergedLayer, RootfsResult } from "./host/rootfs.ts";
