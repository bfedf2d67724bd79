/** Conversions, as a worker runs them: the very ones of Node, with a browser's sources and targets. */
import type { ConvertResult } from "../../conversion.ts";
import type { DiskCopyOptions, DiskResult } from "../../disk-writing.ts";
import type { MakeFilesystemOptions, MakeFilesystemResult } from "../../empty-filesystem.ts";
import { ErrorCode, ImageError } from "../../errors.ts";
import type { LayerDescription, RootfsResult } from "../../merging.ts";
import type { ConversionOptions } from "../../options.ts";
import type { MergeOptions } from "../../rootfs-options.ts";
import type { CallContext } from "../calls.ts";
import type { WebTarget, WithBlob } from "../conversions.ts";
import type { SentSource } from "../web-source.ts";

/** Options that can be sent: what stays in the page is in the context. */
export type Sent<Options> = Omit<Options, "signal" | "onProgress">;

export interface ConvertArgument {
  readonly source: SentSource;
  readonly target: WebTarget;
  readonly options: Sent<ConversionOptions>;
}

export interface RootfsArgument {
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

export async function convert(_argument: ConvertArgument, _context: CallContext): Promise<ConvertResult & WithBlob> {
  throw new ImageError(ErrorCode.Unsupported, "convert: not yet");
}

export async function makeRootfs(_argument: RootfsArgument, _context: CallContext): Promise<RootfsResult & WithBlob> {
  throw new ImageError(ErrorCode.Unsupported, "makeRootfs: not yet");
}

export async function makeFilesystem(
  _argument: FilesystemArgument,
  _context: CallContext,
): Promise<MakeFilesystemResult & WithBlob> {
  throw new ImageError(ErrorCode.Unsupported, "makeFilesystem: not yet");
}

export async function convertDisk(_argument: DiskArgument, _context: CallContext): Promise<DiskResult & WithBlob> {
  throw new ImageError(ErrorCode.Unsupported, "convertDisk: not yet");
}
