/** `layerkiln stat`: what it does. */
import type { Image } from "../image/image.ts";
import type { Extent } from "../image/inspection.ts";
import { printable } from "../image/name.ts";
import type { FileType, Stats } from "../image/stats.ts";
import type { Context } from "./context.ts";
import { formatMode, formatOctal, formatTime, inodeToJson, nameToJson } from "./file-text.ts";
import { stdout } from "./output.ts";
import { Printer, toBytes } from "./printer.ts";
import type { StatFlags } from "./stat.ts";
import { formatValue, printWindowsStat, windowsStatToJson } from "./stat-windows.ts";
import { withImage } from "./with-image.ts";

export async function runStat(this: Context, flags: StatFlags, path: string, place: string): Promise<void> {
  await withImage(path, flags, (image) => {
    const stats = image.stat(place, { follow: flags.follow ?? false });
    const isCim = image.format === "cim";
    if (flags.json) {
      const json = isCim ? windowsStatToJson(image, place, stats) : toJson(image, place, stats);
      stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    } else if (isCim) printWindowsStat(image, place, stats);
    else printText(image, place, stats);
  });
}

function toJson(image: Image, place: string, stats: Stats) {
  const { atime, ctime, birthTime, sectors, flags, generation, project } = stats;
  const xattrs = [...image.xattrs(stats)].map(([name, value]) => [name, Buffer.from(value).toString("base64")]);
  return {
    ...nameToJson("path", Buffer.from(place)),
    ...inodeToJson(image, stats, stats),
    atime: formatTime(atime),
    ctime: formatTime(ctime),
    ...(birthTime && { birthTime: formatTime(birthTime) }),
    sectors,
    flags,
    generation,
    project,
    xattrs: Object.fromEntries(xattrs),
    extents: image.extents(stats),
  };
}

const TYPE_NAMES: Record<FileType, string> = {
  file: "regular file",
  directory: "directory",
  symlink: "symbolic link",
  character: "character device",
  block: "block device",
  fifo: "pipe",
  socket: "socket",
};

function printText(image: Image, place: string, stats: Stats): void {
  const { inode, type, mode, uid, gid, links, size, sectors, device, flags, generation, project } = stats;
  const printer = new Printer(stdout);
  const row = (label: string, text: string) => printer.line(`${label.padStart(9)}  ${text}`);
  row("path", printer.name(Buffer.from(place)));
  if (type === "symlink") row("target", printer.name(image.readlink(stats)));
  row("type", TYPE_NAMES[type] + (device ? ` ${device.major}, ${device.minor}` : ""));
  row("mode", `${formatOctal(mode)} ${formatMode(stats)}`);
  row("owner", `uid ${uid}, gid ${gid}${project === 0 ? "" : `, project ${project}`}`);
  row("size", `${size} bytes; ${sectors} sectors of 512 on disk`);
  row(
    "inode",
    `${inode}, ${links} ${links === 1 ? "link" : "links"}, flags 0x${flags.toString(16)}, generation ${generation}`,
  );
  row("modified", formatTime(stats.mtime));
  row("changed", formatTime(stats.ctime));
  row("accessed", formatTime(stats.atime));
  if (stats.birthTime) row("born", formatTime(stats.birthTime));
  for (const [name, value] of image.xattrs(stats))
    row("xattr", toBytes(`${printable(Buffer.from(name))} = ${formatValue(value)}`));
  for (const extent of image.extents(stats)) row("extent", formatExtent(extent));
  printer.flush();
}

function formatExtent({ logical, physical, count, written }: Extent): string {
  const range = (first: number) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`);
  return `${count === 1 ? "block" : "blocks"} ${range(logical)} at ${range(physical)}${written ? "" : ", not written"}`;
}
