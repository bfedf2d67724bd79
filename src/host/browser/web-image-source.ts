/** What a page gives to be looked into, and how a worker opens it. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { OpenedImage } from "../image/opened-image.ts";
import { openBlob } from "./blob-access.ts";
import { fileOf } from "./layer-source.ts";

/** A file that is read from anywhere. A File is a Blob. */
export type WebFile = Blob | Uint8Array | FileSystemFileHandle;

/** A CIM, whose files are given by their names. */
export interface WebCimParts {
  /** What else is called `<name>.cim`. */
  readonly cim: WebFile;

  /** What stands beside it: `region_<guid>_<n>`, `objectid_<guid>_<n>`. */
  readonly beside: Readonly<Record<string, WebFile>>;
}

export type WebImageSource = WebFile | WebCimParts;

/** @throws ImageError  InvalidArgument if it is none, before it is sent anywhere */
export function assertIsFile(file: WebFile): void {
  if (file instanceof Blob || file instanceof Uint8Array || file instanceof FileSystemFileHandle) return;
  throw new ImageError(ErrorCode.InvalidArgument, `image: ${file} is not a Blob, bytes, or a file's handle`);
}

/** @throws ImageError  InvalidArgument if it is none */
export function assertIsImageSource(source: WebImageSource): void {
  const files = isParts(source) ? [source.cim, ...Object.values(source.beside)] : [source];
  for (const file of files) assertIsFile(file);
}

/** The file as it is now. @throws ImageError  what the browser says of a handle: NotFound, PermissionDenied */
export async function asBlob(file: WebFile): Promise<Blob> {
  return file instanceof Uint8Array ? new Blob([file as Uint8Array<ArrayBuffer>]) : fileOf(file);
}

/** In a worker: opens it. @throws ImageError  as `asBlob` */
export async function openWebImage(source: WebImageSource): Promise<OpenedImage> {
  if (!isParts(source)) return { file: openBlob(await asBlob(source)) };
  const beside = new Map<string, Blob>();
  for (const [name, file] of Object.entries(source.beside)) beside.set(name, await asBlob(file));
  return {
    file: openBlob(await asBlob(source.cim)),
    isCim: true,
    beside(name) {
      const blob = beside.get(name);
      return blob && openBlob(blob, name);
    },
  };
}

function isParts(source: WebImageSource): source is WebCimParts {
  return typeof source === "object" && source !== null && "cim" in source;
}
