/** The public API: re-exports, nothing else. */
export type { Compression } from "./host/compression.ts";
export { type ConvertResult, convert } from "./host/convert.ts";
export { ErrorCode, ImageError, isError } from "./host/errors.ts";
export type { ImageSink } from "./host/image-file.ts";
export type { Container, ConvertOptions, Limits, Profile, Progress } from "./host/options.ts";
export type { Source } from "./host/source.ts";
