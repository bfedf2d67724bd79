/** Starts the WASM core that makes archives of images. One core makes one archive and is then dropped. */
import type { ArchiveResult, Change, Whiteouts } from "../../../assembly/abi.ts";
import { toImageError } from "../errors.ts";
import { guard, startWasm } from "../wasm.ts";
import { type ImageSource, openRandomAccess, type RandomAccess } from "./image-source.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../../archive.js").instantiate>>;

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
 * @param verify  whether checksums of metadata must be right
 * @param emit    takes the archive, piece by piece; the bytes are valid until it returns
 * @throws ImageError  what the system says of a path; Unsupported or Corrupt, of an image
 */
export function startArchiver(
  sources: readonly ImageSource[],
  verify: boolean,
  emit: (at: number, bytes: Uint8Array) => void,
): ArchiveCore {
  const files: RandomAccess[] = [];
  const close = () => {
    for (const file of files.splice(0)) file.close?.();
  };
  try {
    for (const source of sources) files.push(openRandomAccess(source));
    return start(files, verify, emit, close);
  } catch (error) {
    close();
    throw error;
  }
}

function start(
  files: readonly RandomAccess[],
  verify: boolean,
  emit: (at: number, bytes: Uint8Array) => void,
  close: () => void,
): ArchiveCore {
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
  return {
    startExport: (root, whiteouts) => guard(() => exports.startExport(BigInt(root), whiteouts)),
    startComparison: () => guard(() => exports.startComparison()),
    startDiff: () => guard(() => exports.startDiff()),
    step: () => guard(() => exports.step()),
    change: () => exports.change(),
    changePath: () => window(exports.changePath(), exports.changePathLength()),
    result: (what) => guard(() => Number(exports.result(what))),
    get bytesRead() {
      return bytesRead;
    },
    close,
  };
}
