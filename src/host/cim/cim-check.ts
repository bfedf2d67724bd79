/** Begins the check of a CIM, with all of its files. */
import type { BegunCheck } from "../image/check.ts";
import type { OpenedImage } from "../image/opened-image.ts";
import { guard } from "../wasm.ts";
import { startCimCore } from "./cim-core.ts";
import { CimFiles } from "./cim-files.ts";

/**
 * @param cim  not closed with the others
 * @throws ImageError  NotFound if a region is missing; Corrupt; Unsupported
 */
export function beginCimCheck(cim: OpenedImage): BegunCheck & { close(): void } {
  const files = new CimFiles(cim);
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
