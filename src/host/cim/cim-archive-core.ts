/** Starts the WASM core that makes layers of CIMs. One core makes one layer and is then dropped. */
import { toImageError } from "../errors.ts";
import { type ArchiveCore, asArchiveCore, type Emit } from "../image/archive-core.ts";
import type { OpenedImage } from "../image/opened-image.ts";
import { guard, startWasm, type Window } from "../wasm.ts";
import { CimFiles, type CimOpener } from "./cim-files.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Exports = Awaited<ReturnType<typeof import("../../../cim-archive.js").instantiate>>;

/** Numbers of files that each image has for the core: more than a CIM can have regions. */
const FILES_AN_IMAGE = 2 ** 24;

/**
 * @param cims  closed with the core's files, or by the caller where this fails
 * @throws ImageError  NotFound if a region is missing; Corrupt; Unsupported
 */
export function startCimArchiver(cims: readonly OpenedImage[], emit: Emit): ArchiveCore {
  const images = cims.map((cim) => new CimFiles(cim));
  let bytesRead = 0;
  const { exports, window } = startWasm<Exports>("cim-archive.wasm", (window) => ({
    emit(at: bigint, from: number, length: number) {
      emit(Number(at), window(from, length));
    },
    read(file: number, at: bigint, to: number, length: number) {
      try {
        images[Math.floor(file / FILES_AN_IMAGE)]!.read(file % FILES_AN_IMAGE, Number(at), window(to, length));
      } catch (error) {
        throw toImageError("image", error);
      }
      bytesRead += length;
    },
  }));
  try {
    const known = new Map<string, number>();
    for (const [index, files] of images.entries()) {
      const numberOf = (region: number, number: number) => {
        const path = files.pathOf(region);
        if (path === undefined) return number;
        known.set(path, known.get(path) ?? number);
        return known.get(path)!;
      };
      open(files, exports, window, index * FILES_AN_IMAGE, numberOf);
    }
  } catch (error) {
    for (const files of images) files.closeRegions();
    throw error;
  }
  const close = () => {
    for (const files of images) files.close();
  };
  return asArchiveCore(exports, window, () => bytesRead, close);
}

/**
 * @param first     number that the core has for the first file of this image
 * @param numberOf  the number for a region, which is another one where another image has it too
 */
function open(
  files: CimFiles,
  exports: Exports,
  window: Window,
  first: number,
  numberOf: (region: number, number: number) => number,
): void {
  const opener: CimOpener = {
    openHeader: (file, size) => exports.openHeader(first + file, size),
    regionCount: () => exports.regionCount(),
    nameOf: (region) => exports.nameOf(region),
    addRegion(index, file, size) {
      exports.addRegion(index, numberOf(index, first + file), size);
    },
  };
  files.openRegions(opener, window);
  guard(() => exports.open());
}
