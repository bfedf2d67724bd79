/** The public API for a page, `layerkiln/web`: re-exports, nothing else. */

export type { WebCimOptions as ConvertCimOptions } from "./host/browser/cim/cim-options.ts";
export { cimPartsOf } from "./host/browser/cim/cim-parts.ts";
export { convertCim } from "./host/browser/cim-conversion.ts";
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
export { checkImage, exportImage } from "./host/browser/exporting.ts";
export {
  compareHashTrees,
  explainDifference,
  hashTree,
  listContainerImages,
  type OpenContainerImageOptions,
  openContainerImage,
  verifyHashTree,
  type WebContainerImage as ContainerImage,
  type WebImageLayer as ImageLayer,
} from "./host/browser/looking.ts";
export { listLayer, stackLayers } from "./host/browser/stacking.ts";
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
export {
  type OpenWebImageOptions as OpenOptions,
  openImage,
  type WatchOptions,
  WebImage,
} from "./host/browser/web-image.ts";
export type { WebCimParts, WebFile, WebImageSource } from "./host/browser/web-image-source.ts";
export type { WebSource } from "./host/browser/web-source.ts";
export { endWorkers } from "./host/browser/workers.ts";
export type { CimVersion } from "./host/cim/cim-options.ts";
export type { CimPart, ConvertCimResult, Dropped, HivesMade } from "./host/cim/cim-result.ts";
export type { CimBytes, CimInspection, NamedStream, RegionSet, WindowsStats } from "./host/cim/windows-stats.ts";
export type { Compression } from "./host/compression.ts";
export type { Container } from "./host/container.ts";
export type { ConvertResult } from "./host/conversion.ts";
export type { DiskCopyOptions as DiskOptions, DiskResult } from "./host/disk-writing.ts";
export type { MakeFilesystemResult } from "./host/empty-filesystem.ts";
export { ErrorCode, ImageError, isError } from "./host/errors.ts";
export type { CompareOptions } from "./host/explain/differing-blocks.ts";
export type {
  AffectedFile,
  BlockPlace,
  ContainerDifference,
  DifferingBytes,
  ExplainedImage,
  Explanation,
  FieldDifference,
  FirstDifference,
  SpreadRow,
  StructureName,
} from "./host/explain/explanation.ts";
export type { FilesystemOptions } from "./host/filesystem-options.ts";
export type { ArchiveSummary } from "./host/image/archiving.ts";
export type { BlockMap } from "./host/image/block-map.ts";
export type { CheckOptions, CheckResult, Finding } from "./host/image/check.ts";
export type { ExportOptions, ExportResult } from "./host/image/export.ts";
export type { Entry, Place } from "./host/image/image.ts";
export type {
  BlockRun,
  BlockUseName,
  ContainerName,
  Extent,
  Filesystem,
  Inspection,
  Verity,
} from "./host/image/inspection.ts";
export type { FileType, Stats, Timestamp } from "./host/image/stats.ts";
export type { LayerDigests } from "./host/layer-digests.ts";
export type { MergedLayer, RootfsResult } from "./host/merging.ts";
export type { BlockSpan } from "./host/merkle-difference.ts";
export type { TreeLevel, TreeShape, TreeStep } from "./host/merkle-tree.ts";
export type { ImagePlatform } from "./host/oci/descriptor.ts";
export type { ExecutionConfig, HistoryEntry, ImageConfig } from "./host/oci/image-config.ts";
export type { ListedImage, ListedLayer } from "./host/oci/list-images.ts";
export type { ConversionOptions as ConvertOptions, Limits, Profile, Progress } from "./host/options.ts";
export type { MergeOptions as RootfsOptions } from "./host/rootfs-options.ts";
export { type LayerStack, type StackedLayer, stackOf } from "./host/stack/layer-stack.ts";
export type { ListLayerOptions } from "./host/stack/list-input.ts";
export type { ListLayersOptions } from "./host/stack/list-layers.ts";
export type { LayerListing } from "./host/stack/listing.ts";
export { type PathTree, pathAt } from "./host/stack/path-tree.ts";
export { type WastedPath, wastedPaths } from "./host/stack/wasted-paths.ts";
export type { TreeComparison } from "./host/tree-comparison.ts";
export type { DiskTreeOptions as TreeOptions, HashTree, VerifyResult } from "./host/verity-tree.ts";
