/** Starts the WASM core that makes archives of images. One core makes one archive and is then dropped. */
import type { ArchiveResult, Change, Whiteouts } from "../../../assembly/abi.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { RandomAccess } from "../random-access.ts";
import { guard, startWasm, type Window } from "../wasm.ts";
import { isCim, type OpenedImage } from "./opened-image.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../../archive.js").instantiate>>;

/** What is asked whatever the images are. */
type ArchiveExports = Pick<
  Exports,
  "startExport" | "startComparison" | "startDiff" | "step" | "change" | "changePath" | "changePathLength" | "result"
>;

/** Takes an archive, piece by piece; the bytes are valid until it returns. */
export type Emit = (at: number, bytes: Uint8Array) => void;

/** Any call throws an ImageError; the core is then spent. */
export interface ArchiveCore {
  /** @param root  inode of a directory; 0: the root */
  startExport(root: number, whiteouts: Whiteouts): void;
  startComparison(): void;
  startDiff(): void;

  /** Goes on for a few milliseconds at most. @returns whether there is more */
  step(): boolean;

  /** What the last step of a comparison found. */
  change(): Change;

  /** Its path, valid until the next step. */
  changePath(): Uint8Array;
  result(what: ArchiveResult): number;

  /** Bytes read of all images so far. */
  readonly bytesRead: number;

  /** Lets go of the images. */
  close(): void;
}

/**
 * @param images  closed with the core, and where this fails
 * @param verify  whether checksums of metadata must be right, where a format has them
 * @throws ImageError  Unsupported or Corrupt, of an image; InvalidArgument if one is a CIM and another is not
 */
export async function startArchiver(images: readonly OpenedImage[], verify: boolean, emit: Emit): Promise<ArchiveCore> {
  const files = images.map(({ file }) => file);
  const close = () => {
    for (const file of files.splice(0)) file.close?.();
  };
  try {
    if (!areCims(images)) return start(files, verify, emit, close);
    const { startCimArchiver } = await import("../cim/cim-archive-core.ts");
    return startCimArchiver(images, emit);
  } catch (error) {
    close();
    throw toImageError("image", error);
  }
}

function areCims(images: readonly OpenedImage[]): boolean {
  const cims = images.filter(isCim);
  if (cims.length === 0 || cims.length === images.length) return cims.length > 0;
  throw new ImageError(
    ErrorCode.InvalidArgument,
    "image: one is a CIM and the other is none: they have nothing in common",
  );
}

function start(files: readonly RandomAccess[], verify: boolean, emit: Emit, close: () => void): ArchiveCore {
  let bytesRead = 0;
  const { exports, window } = startWasm<Exports>("archive.wasm", (window) => ({
    emit(at: bigint, from: number, length: number) {
      emit(Number(at), window(from, length));
    },
    read(file: number, at: bigint, to: number, length: number) {
      try {
        files[file]!.read(Number(at), window(to, length));
      } catch (error) {
        throw toImageError("image", error);
      }
      bytesRead += length;
    },
  }));
  for (const [file, { size }] of files.entries()) guard(() => exports.openImage(file, BigInt(size), verify));
  return asArchiveCore(exports, window, () => bytesRead, close);
}

/** @param bytesRead  of all images so far */
export function asArchiveCore(
  exports: ArchiveExports,
  window: Window,
  bytesRead: () => number,
  close: () => void,
): ArchiveCore {
  return {
    startExport: (root, whiteouts) => guard(() => exports.startExport(BigInt(root), whiteouts)),
    startComparison: () => guard(() => exports.startComparison()),
    startDiff: () => guard(() => exports.startDiff()),
    step: () => guard(() => exports.step()),
    change: () => exports.change(),
    changePath: () => window(exports.changePath(), exports.changePathLength()),
    result: (what) => guard(() => Number(exports.result(what))),
    get bytesRead() {
      return bytesRead();
    },
    close,
  };
}
