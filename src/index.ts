/** The public API: re-exports, nothing else. */

export { configLayer } from "./host/boot/config-layer.ts";
export { type WslLayers, wslLayers } from "./host/boot/wsl-layers.ts";
export type { CimOptions, CimVersion } from "./host/cim/cim-options.ts";
export type { CimPart, CimWriterName, ConvertCimResult, Dropped, HivesMade } from "./host/cim/cim-result.ts";
export { convertCim } from "./host/cim/convert-cim.ts";
export type { ConvertCimOptions } from "./host/cim/convert-cim-options.ts";
export type { CimBytes, CimInspection, NamedStream, RegionSet, WindowsStats } from "./host/cim/windows-stats.ts";
export type { Compression } from "./host/compression.ts";
export type { Container } from "./host/container.ts";
export type { ConvertResult } from "./host/conversion.ts";
export { type ConvertOptions, convert } from "./host/convert.ts";
export type {
  ApplyOptions,
  CompareOptions,
  ContentStore,
  ContentWriter,
  Descriptor,
  Differ,
} from "./host/diff/differ.ts";
export { Ext4Differ, type Ext4DifferOptions } from "./host/diff/ext4.ts";
export { LcowDiffer } from "./host/diff/lcow.ts";
export { convertDisk, type DiskOptions } from "./host/disk.ts";
export type { DiskResult } from "./host/disk-writing.ts";
export type { MakeFilesystemOptions, MakeFilesystemResult } from "./host/empty-filesystem.ts";
export { ErrorCode, ImageError, isError } from "./host/errors.ts";
export { type ExplainOptions, explainDifference } from "./host/explain/explain-difference.ts";
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
export { makeFilesystem } from "./host/filesystem.ts";
export type { FilesystemOptions } from "./host/filesystem-options.ts";
export {
  type CreateTreeOptions,
  createHashTree,
  readHashTree,
  type TreeOptions,
  verifyHashTree,
} from "./host/hash-tree.ts";
export { Hive, HiveKey, type HiveValue, type Layer, openHive } from "./host/hive/hive.ts";
export { type MergeHivesOptions, type MergeHivesResult, mergeHives } from "./host/hive/merge.ts";
export type { ArchiveTarget } from "./host/image/archive-target.ts";
export type { ArchiveOptions, ArchiveSummary } from "./host/image/archiving.ts";
export { type BlockMap, type Segment, segmentsOf } from "./host/image/block-map.ts";
export type { CheckOptions, CheckResult, Finding } from "./host/image/check.ts";
export { checkImage } from "./host/image/check-image.ts";
export type { DiffOptions, DiffResult, ImageChange } from "./host/image/diff.ts";
export { diffImages } from "./host/image/diff-images.ts";
export type { ExportOptions, ExportResult } from "./host/image/export.ts";
export { exportImage } from "./host/image/export-image.ts";
export { type Entry, Image, type OpenOptions, type Place } from "./host/image/image.ts";
export type { CimParts, ImageSource } from "./host/image/image-source.ts";
export type {
  BlockRun,
  BlockUseName,
  ContainerName,
  Extent,
  Filesystem,
  Inspection,
  Verity,
} from "./host/image/inspection.ts";
export { type Cell, type CellRange, cellsOf, totalsOf, type UseShare, type UseTotal } from "./host/image/map-cells.ts";
export { drawMapSvg, type MapSvgOptions } from "./host/image/map-svg.ts";
export type { MapUse } from "./host/image/map-uses.ts";
export { type MountImagesOptions, type MountImagesResult, mountImages, unmountImages } from "./host/image/mount.ts";
export { openImage } from "./host/image/open-image.ts";
export type { FileType, Stats, Timestamp } from "./host/image/stats.ts";
export type { ImageSink } from "./host/image-sink.ts";
export { type ConvertLayersOptions, convertLayers, type LayerImage } from "./host/layers/convert-layers.ts";
export type { MergedLayer, RootfsResult } from "./host/merging.ts";
export type { ContainerImage, ImageLayer } from "./host/oci/container-image.ts";
export type { ImagePlatform } from "./host/oci/descriptor.ts";
export type { ExecutionConfig, HistoryEntry, ImageConfig } from "./host/oci/image-config.ts";
export { listContainerImages } from "./host/oci/list-container-images.ts";
export type { ListedImage, ListedLayer } from "./host/oci/list-images.ts";
export { type OpenContainerImageOptions, openContainerImage } from "./host/oci/open-container-image.ts";
export type { Limits, Profile, Progress } from "./host/options.ts";
export type { Ability, FileCalls, Mount, Mounter, Platform, VirtualDisks } from "./host/platform.ts";
export type { RandomAccess } from "./host/random-access.ts";
export type { Credentials } from "./host/registry/credentials.ts";
export {
  type PulledBlob,
  type PulledImage,
  type PullOptions,
  type PullResult,
  pullImage,
} from "./host/registry/pull.ts";
export type { RetryPolicy } from "./host/registry/retry.ts";
export { makeRootfs, type RootfsLayer, type RootfsOptions } from "./host/rootfs.ts";
export { type OpenSnapshotterOptions, openSnapshotter, type SnapshotterName } from "./host/snapshots/open.ts";
export type {
  CommitOptions,
  Info,
  Kind,
  Labels,
  Nanoseconds,
  PrepareOptions,
  Snapshotter,
  Usage,
} from "./host/snapshots/snapshotter.ts";
export type { FileRange, Source } from "./host/source.ts";
export { type LayerStack, type StackedLayer, stackOf } from "./host/stack/layer-stack.ts";
export type { ListLayerOptions } from "./host/stack/list-input.ts";
export { listLayer } from "./host/stack/list-layer.ts";
export type { LayerListing } from "./host/stack/listing.ts";
export { type PathTree, pathAt } from "./host/stack/path-tree.ts";
export { type WastedPath, wastedPaths } from "./host/stack/wasted-paths.ts";
export { verityTable } from "./host/verity-table.ts";
export type { HashTree, VerifyResult } from "./host/verity-tree.ts";
export type { CimFileMetadata, CimImage, CimWriter, WindowsLayers } from "./host/windows.ts";
