/** Begins the check of a CIM, with all of its files. */
import type { BegunCheck } from "../image/check.ts";
import type { ImageSource, RandomAccess } from "../image/image-source.ts";
import { guard } from "../wasm.ts";
import { startCimCore } from "./cim-core.ts";
import { CimFiles, type CimParts } from "./cim-files.ts";

/**
 * @param cim  `<name>.cim`, open; not closed with the others
 * @throws ImageError  NotFound if a region is missing; Corrupt; Unsupported
 */
export function beginCimCheck(source: ImageSource | CimParts, cim: RandomAccess): BegunCheck & { close(): void } {
  const files = new CimFiles(source, cim);
  const { exports, window } = startCimCore(files);
  try {
    files.openRegions(exports, window);
    guard(() => exports.openCheck());
    for (let region = 0; region < exports.regionCount(); region++) {
      const ids = files.openObjectIds(exports, window, region);
      if (ids !== undefined) guard(() => exports.checkObjectIds(region, ids.file, BigInt(ids.size)));
    }
  } catch (error) {
    files.closeRegions();
    throw error;
  }
  return { exports, window, places: ["region", "byte"], close: () => files.closeRegions() };
}
