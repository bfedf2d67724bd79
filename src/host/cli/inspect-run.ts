/** `layerkiln inspect`: what it does. */
import type { BlockMap } from "../image/block-map.ts";
import type { Image } from "../image/image.ts";
import type { BlockRun, BlockUseName, ContainerName, Inspection } from "../image/inspection.ts";
import { printable } from "../image/name.ts";
import { formatBytes } from "./byte-count.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./exit.ts";
import { formatTime } from "./file-text.ts";
import type { InspectFlags } from "./inspect.ts";
import { printCim } from "./inspect-cim.ts";
import { drawSvg, mapToJson, printMap, readMap, writeSvg } from "./inspect-map.ts";
import { stdout } from "./output.ts";
import { refuseOwnInput } from "./own-input.ts";
import { withImage } from "./with-image.ts";

export async function runInspect(this: Context, flags: InspectFlags, path: string): Promise<void> {
  if (flags.svg === "") throw new UsageError("--svg needs the name of a file");
  refuseOwnInput([path], flags.svg);
  const svg = await withImage(path, flags, (image) => {
    const map = flags.map || flags.svg !== undefined ? readMap(image) : undefined;
    if (image.format === "cim") return printInspectionOfCim(path, image, flags);
    if (flags.svg !== "-") printInspection(path, image, flags, map);
    return flags.svg === undefined ? undefined : drawSvg(path, image, map!);
  });
  if (svg !== undefined) await writeSvg(flags.svg!, svg);
}

function printInspection(path: string, image: Image, flags: InspectFlags, map: BlockMap | undefined): void {
  const inspection = image.inspect();
  if (flags.json) stdout.write(`${JSON.stringify(toJson(path, inspection, image, flags, map), null, 2)}\n`);
  else {
    printText(path, inspection);
    if (flags.map) printMap(map!);
    if (flags.blocks || !flags.map) printBlocks(image.blocks(), inspection.filesystem.blockSize, flags.blocks ?? false);
  }
}

function printInspectionOfCim(path: string, image: Image, { json }: InspectFlags): void {
  const inspection = image.inspectCim();
  if (json) stdout.write(`${JSON.stringify({ image: path, ...inspection }, null, 2)}\n`);
  else printCim(path, inspection);
}

/** Blocks that have one use. */
interface Use {
  readonly use: BlockUseName;
  readonly blocks: number;
  readonly runs: number;

  /** The first of them. */
  readonly first: number;
}

function sumUp(runs: readonly BlockRun[]): Use[] {
  const uses = new Map<BlockUseName, Use>();
  for (const { use, block, count } of runs) {
    const { blocks = 0, runs = 0, first = block } = uses.get(use) ?? {};
    uses.set(use, { use, blocks: blocks + count, runs: runs + 1, first });
  }
  return [...uses.values()];
}

function toJson(
  path: string,
  inspection: Inspection,
  image: Image,
  { blocks, map: wanted }: InspectFlags,
  map: BlockMap | undefined,
) {
  const runs = image.blocks();
  return {
    image: path,
    ...inspection,
    uses: sumUp(runs),
    ...(blocks && { runs }),
    ...(wanted && { map: mapToJson(map!, blocks) }),
  };
}

const CONTAINER_WORDS: Record<ContainerName, string> = {
  vhd: "fixed VHD",
  "vhd-dynamic": "dynamic VHD",
  vhdx: "VHDX",
  verity: "dm-verity tree behind the filesystem",
};

function printText(path: string, inspection: Inspection): void {
  const { containers, fileSize, filesystem, verity } = inspection;
  const { blockSize, size } = filesystem;
  const row = (label: string, text: string) => stdout.write(`${label.padEnd(12)}${text}\n`);
  const bytes = (count: number) => `${count} bytes (${formatBytes(count)})`;
  row("image", `${path}, ${bytes(fileSize)}`);
  if (containers.length > 0) row("container", containers.map((name) => CONTAINER_WORDS[name]).join(", "));
  if (isSparse(containers)) row("stored", describeStored(inspection));
  row("filesystem", `${filesystem.type}, ${bytes(size)}${describeState(inspection)}`);
  row("uuid", filesystem.uuid);
  if (filesystem.label !== "") row("label", printable(Buffer.from(filesystem.label)));
  row("features", filesystem.features.join(" ") || "none");
  row(
    "blocks",
    `${filesystem.blocks} of ${blockSize} bytes, ${filesystem.freeBlocks} free (${formatBytes(filesystem.freeBlocks * blockSize)})`,
  );
  row("inodes", `${filesystem.inodes} of ${filesystem.inodeSize} bytes, ${filesystem.freeInodes} free`);
  row("groups", `${filesystem.groups} of ${filesystem.blocksPerGroup} blocks and ${filesystem.inodesPerGroup} inodes`);
  if (filesystem.madeTime > 0) row("made", formatTime({ seconds: filesystem.madeTime, nanoseconds: 0 }));
  if (filesystem.writeTime > 0) row("written", formatTime({ seconds: filesystem.writeTime, nanoseconds: 0 }));
  if (filesystem.mountTime > 0) row("mounted", formatTime({ seconds: filesystem.mountTime, nanoseconds: 0 }));
  if (verity)
    row(
      "verity",
      `${printable(Buffer.from(verity.algorithm))}, ${verity.dataBlocks} data blocks, superblock at byte ${verity.at}, salt ${verity.salt || "none"}`,
    );
}

function isSparse([outermost]: readonly ContainerName[]): boolean {
  return outermost === "vhdx" || outermost === "vhd-dynamic";
}

/** What a file has of the disk, and what it has beside it. */
function describeStored({ storedSize, diskSize, fileSize }: Inspection): string {
  const zeros = storedSize < diskSize ? ", the rest is zeros" : "";
  const own = formatBytes(fileSize - storedSize);
  return `${formatBytes(storedSize)} of the disk's ${formatBytes(diskSize)}${zeros}; headers, tables and padding ${own}`;
}

function describeState({ filesystem }: Inspection): string {
  if (filesystem.needsRecovery) return "; its journal holds changes that are not seen here";
  return filesystem.clean ? "" : "; it was not unmounted in order";
}

function printBlocks(runs: readonly BlockRun[], blockSize: number, all: boolean): void {
  const lines = [["use", "blocks", "bytes", all ? "block" : "runs", all ? "" : "first block"]];
  if (all) {
    for (const { use, block, count } of runs)
      lines.push([use, String(count), formatBytes(count * blockSize), String(block), ""]);
  } else {
    for (const { use, blocks, runs: count, first } of sumUp(runs)) {
      lines.push([use, String(blocks), formatBytes(blocks * blockSize), String(count), String(first)]);
    }
  }
  const widths = lines.reduce(
    (most, line) => most.map((width, index) => Math.max(width, line[index]!.length)),
    [0, 0, 0, 0, 0],
  );
  const text = lines.map((line) =>
    line
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!)))
      .join("  ")
      .trimEnd(),
  );
  stdout.write(`\n${text.join("\n")}\n`);
}
