/** What `ls`, `stat` and `tree` say of a file in JSON: of an inode, or of a file of Windows. */
import type { Image, Place } from "../image/image.ts";
import type { Stats } from "../image/stats.ts";
import { inodeToJson } from "./file-text.ts";
import { windowsFileToJson } from "./windows-text.ts";

export function fileToJson(image: Image, place: Place, stats: Stats): object {
  return image.format === "cim" ? windowsFileToJson(image, place, stats) : inodeToJson(image, place, stats);
}
