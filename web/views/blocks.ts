/** What each block of a disk is, as a picture. */
import type { WebImage } from "../../build/src/web.js";
import { blockMapPicture } from "../pictures/block-map.ts";
import "../pictures/block-map.css";

export async function blocksView(image: WebImage): Promise<HTMLElement> {
  const map = await image.blockMap();
  return blockMapPicture(map, { placeOf: (block) => image.placeOf(block) }).element as HTMLElement;
}
