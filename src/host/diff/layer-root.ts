/** What a layer's image says of its root. */
import { join } from "node:path";
import { openImage } from "../image/image.ts";
import type { Stats } from "../image/stats.ts";
import { LAYER_IMAGE } from "./layer-image.ts";

export interface LayerRoot extends Pick<Stats, "mode" | "uid" | "gid" | "mtime"> {
  /** But for those by which overlayfs knows its own. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** @param directory  of a layer. @throws ImageError  NotFound, Corrupt */
export async function readLayerRoot(directory: string): Promise<LayerRoot> {
  const image = await openImage(join(directory, LAYER_IMAGE));
  try {
    const xattrs = [...image.xattrs("/")].filter(([name]) => !name.startsWith("trusted.overlay."));
    return { ...image.stat("/"), xattrs: new Map(xattrs) };
  } finally {
    image.close();
  }
}
