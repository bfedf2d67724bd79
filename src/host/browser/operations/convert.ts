/** Conversions, as a worker runs them: the very ones of Node, with a browser's sources and targets. */
import type { ConvertResult } from "../../convert.ts";
import type { DiskResult } from "../../disk.ts";
import { ErrorCode, ImageError } from "../../errors.ts";
import type { MakeFilesystemOptions, MakeFilesystemResult } from "../../filesystem.ts";
import type { RootfsLayer, RootfsResult } from "../../rootfs.ts";
import type { CallContext } from "../calls.ts";
import type { WebConvertOptions, WebDiskOptions, WebRootfsOptions, WebTarget, WithBlob } from "../conversions.ts";
import type { SentSource } from "../web-source.ts";

/** Options that can be sent: what stays in the page is in the context. */
export type Sent<Options> = Omit<Options, "signal" | "onProgress">;

export interface ConvertArgument {
  readonly source: SentSource;
  readonly target: WebTarget;
  readonly options: Sent<WebConvertOptions>;
}

export interface RootfsArgument {
  readonly layers: readonly (Omit<RootfsLayer, "source"> & { readonly source: SentSource })[];
  readonly target: WebTarget;
  readonly options: Sent<WebRootfsOptions>;
}

export interface FilesystemArgument {
  readonly target: WebTarget;
  readonly options: MakeFilesystemOptions;
}

export interface DiskArgument {
  readonly image: Blob | FileSystemFileHandle;
  readonly target: WebTarget;
  readonly options: Sent<WebDiskOptions>;
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
