/** Layers of Windows containers become CIMs that hold all that the layers below hold: see docs/decisions/0024. */
import { basename, dirname } from "node:path";
import { makeCim } from "../cim/convert-cim.ts";
import { convertCimPlanOf } from "../cim/convert-cim-options.ts";
import type { Platform } from "../platform.ts";
import type { WriteCimLayer } from "./cim-layer.ts";

/** A layer without parents must have its hives, as hcsshim has it: Windows starts nothing without. */
export function cimLayerWriter(platform: Platform): WriteCimLayer {
  return (blob, { directory, cim, parents }, accept, signal) => {
    const plan = convertCimPlanOf(dirname(cim), {
      name: basename(cim),
      parents: parents.map((parent) => parent.cim),
      layerDirectory: directory,
      requireHives: true,
      platform,
      ...(signal && { signal }),
    });
    return makeCim(blob, plan, accept);
  };
}
