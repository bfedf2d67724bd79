/** What a layer's image says of its root. */
import { join } from "node:path";
import { isNote } from "../archive/overlay-notes.ts";
import type { Image, Place } from "../image/image.ts";
import { openImage } from "../image/open-image.ts";
import type { Stats } from "../image/stats.ts";
import { LAYER_IMAGE } from "./layer-image.ts";

export interface LayerRoot extends Pick<Stats, "mode" | "uid" | "gid" | "mtime"> {
  /** But for those by which overlayfs knows its own. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Attributes of a file, but for those by which overlayfs knows its own. */
export function ownXattrs(image: Image, place: Place): Map<string, Uint8Array> {
  return new Map([...image.xattrs(place)].filter(([name]) => !isNote(name)));
}

/** @param directory  of a layer. @throws ImageError  NotFound, Corrupt */
export async function readLayerRoot(directory: string): Promise<LayerRoot> {
  const image = await openImage(join(directory, LAYER_IMAGE));
  try {
    return { ...image.stat("/"), xattrs: ownXattrs(image, "/") };
  } finally {
    image.close();
  }
}
