/** What is known of a file of Windows, as commands print it. */
import type { NamedStream, WindowsStats } from "../cim/windows-stats.ts";
import type { Image, Place } from "../image/image.ts";
import type { Stats } from "../image/stats.ts";
import { nameToJson } from "./file-text.ts";
import { formatFileTime } from "./file-time.ts";

/** Attributes that a CIM can hold, their letters as `attrib` has them, and their names. Source: [MS-FSCC], §2.6. */
const ATTRIBUTES: [bit: number, letter: string, name: string][] = [
  [0x10, "d", "directory"],
  [0x20, "a", "archive"],
  [0x1, "r", "read-only"],
  [0x2, "h", "hidden"],
  [0x4, "s", "system"],
  [0x200, "p", "sparse"],
  [0x400, "l", "reparse point"],
];

/** Source: [MS-FSCC], §2.1.2.1. */
const REPARSE_TAGS: ReadonlyMap<number, string> = new Map([
  [0xa0000003, "mount point"],
  [0xa000000c, "symbolic link"],
  [0x80000008, "file of a WIM"],
  [0x80000013, "deduplicated file"],
  [0x80000017, "file of WOF"],
  [0x80000018, "file of a container's layer"],
  [0x8000001b, "application execution link"],
  [0xa000001d, "Linux symbolic link"],
]);

/** `da-hs-l`. */
export function formatAttributes({ attributes }: WindowsStats): string {
  return ATTRIBUTES.map(([bit, letter]) => (attributes & bit ? letter : "-")).join("");
}

/** `archive, hidden (0x22)`. */
export function describeAttributes({ attributes }: WindowsStats): string {
  return `${attributeNames(attributes).join(", ") || "none"} (0x${attributes.toString(16)})`;
}

function attributeNames(attributes: number): string[] {
  return ATTRIBUTES.filter(([bit]) => attributes & bit).map(([, , name]) => name);
}

/** `0xa000000c (symbolic link)`. */
export function describeReparseTag(tag: number): string {
  const name = REPARSE_TAGS.get(tag);
  return `0x${tag.toString(16)}${name === undefined ? "" : ` (${name})`}`;
}

/** What `ls`, `stat` and `tree` say of a file in JSON. */
export function windowsFileToJson(image: Image, place: Place, { inode, type, size }: Stats) {
  const { attributes, lastWriteTime, reparseTag } = image.windows({ inode });
  return {
    file: inode,
    type,
    attributes: attributeNames(attributes),
    size,
    ...(reparseTag !== 0 && { reparseTag: `0x${reparseTag.toString(16)}` }),
    ...(type === "symlink" && nameToJson("target", image.readlink(place))),
    lastWriteTime: formatFileTime(lastWriteTime),
  };
}

export function streamToJson({ nameBytes, size }: NamedStream) {
  return { ...nameToJson("name", nameBytes), size };
}
