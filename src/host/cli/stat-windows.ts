/** `layerkiln stat` of a file in a CIM. */
import type { WindowsStats } from "../cim/windows-stats.ts";
import type { Image } from "../image/image.ts";
import { decodeName, printable } from "../image/name.ts";
import type { Stats } from "../image/stats.ts";
import { nameToJson } from "./file-text.ts";
import { formatFileTime } from "./file-time.ts";
import { stdout } from "./output.ts";
import { Printer, toBytes } from "./printer.ts";
import { formatSecurityDescriptor } from "./security-descriptor.ts";
import { describeAttributes, describeReparseTag, streamToJson, windowsFileToJson } from "./windows-text.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

export function windowsStatToJson(image: Image, place: string, stats: Stats): object {
  const windows = image.windows(stats);
  const { creationTime, changeTime, lastAccessTime, securityDescriptor, reparse, parent } = windows;
  const xattrs = [...image.xattrs(stats)].map(([name, value]) => [name, base64(value)]);
  return {
    ...nameToJson("path", Buffer.from(place)),
    ...windowsFileToJson(image, stats, stats),
    creationTime: formatFileTime(creationTime),
    changeTime: formatFileTime(changeTime),
    lastAccessTime: formatFileTime(lastAccessTime),
    parent,
    sddl: formatSecurityDescriptor(securityDescriptor),
    securityDescriptor: base64(securityDescriptor),
    ...(reparse.length > 0 && { reparse: base64(reparse) }),
    xattrs: Object.fromEntries(xattrs),
    streams: image.streams(stats).map(streamToJson),
  };
}

export function printWindowsStat(image: Image, place: string, stats: Stats): void {
  const windows = image.windows(stats);
  const printer = new Printer(stdout);
  const row = (label: string, text: string) => printer.line(`${label.padStart(10)}  ${text}`);
  row("path", printer.name(Buffer.from(place)));
  if (stats.type === "symlink") row("target", printer.name(image.readlink(stats)));
  row("attributes", describeAttributes(windows));
  if (stats.type === "file") row("size", `${stats.size} bytes`);
  row("file", `${stats.inode}${windows.parent === 0 ? "" : `, in directory ${windows.parent}`}`);
  row("written", timeOf(windows.lastWriteTime));
  row("changed", timeOf(windows.changeTime));
  row("accessed", timeOf(windows.lastAccessTime));
  row("created", timeOf(windows.creationTime));
  row("security", describeSecurity(windows));
  if (windows.reparse.length > 0)
    row("reparse", `${describeReparseTag(windows.reparseTag)}, ${windows.reparse.length} bytes`);
  for (const [name, value] of image.xattrs(stats))
    row("ea", toBytes(`${printable(Buffer.from(name))} = ${formatValue(value)}`));
  for (const { nameBytes, size } of image.streams(stats)) row("stream", `${printer.name(nameBytes)}, ${size} bytes`);
  printer.flush();
}

const timeOf = (ticks: bigint): string => formatFileTime(ticks) ?? "not set";

function describeSecurity({ securityDescriptor }: WindowsStats): string {
  if (securityDescriptor.length === 0) return "none";
  const { length } = securityDescriptor;
  return formatSecurityDescriptor(securityDescriptor) ?? `${length} bytes, which are not put into words here`;
}

/** Quoted text, if it is nothing else; or hex. */
export function formatValue(value: Uint8Array): string {
  const text = decodeName(value);
  return printable(value) === text && !text.includes('"') ? `"${text}"` : `0x${Buffer.from(value).toString("hex")}`;
}
