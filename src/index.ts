/** The public API: re-exports, nothing else. */
export type { Compression } from "./host/compression.ts";
export { type ConvertResult, convert } from "./host/convert.ts";
export { ErrorCode, ImageError, isError } from "./host/errors.ts";
export { type MakeFilesystemOptions, type MakeFilesystemResult, makeFilesystem } from "./host/filesystem.ts";
export type { ImageSink } from "./host/image-file.ts";
export type { ConvertOptions, FilesystemOptions, Limits, Profile, Progress } from "./host/options.ts";
export type { Source } from "./host/source.ts";
