/** What `stack` tells, for people and for programs. */
import type { Compression } from "../compression.ts";
import type { ContainerImage } from "../oci/container-image.ts";
import { harmless } from "../oci/shown.ts";
import type { LayerStack, StackedLayer } from "../stack/layer-stack.ts";
import type { WastedPath } from "../stack/wasted-paths.ts";
import { formatBytes } from "./byte-count.ts";
import { nameToJson } from "./file-text.ts";
import { type ByteText, type Printer, toBytes } from "./printer.ts";

/** What is known of a layer beside what it has. */
export interface Layer {
  /** Its path, or what names its bytes. */
  readonly name: string;
  readonly digest?: string;
  readonly diffId?: string;
  readonly size: number;
  readonly diffSize: number;
  readonly compression: Compression;
  readonly createdBy?: string;
}

const HEADINGS = ["layer", "", "size", "files", "visible", "shadowed", "whiteouted", "created by"];
/** Columns of text. */
const LEFT = [1, 7];
const WASTED_LEFT = [1];
/** Characters of what a step of a build is told in, and of a digest. */
const STEP_WIDTH = 60;
const DIGEST_WIDTH = 12;

export function stackJson(
  paths: readonly string[],
  image: ContainerImage | undefined,
  layers: readonly Layer[],
  { layers: stacked, bytes, visible, efficiency, lostLinks }: LayerStack,
  wasted: readonly WastedPath[],
): object {
  return {
    ...(image && { image: paths[0], digest: image.digest, platform: platformOf(image) }),
    layers: layers.map(({ name, ...layer }, index) => ({
      ...(image ? {} : { path: name }),
      ...layer,
      ...bytesOf(stacked[index]!),
    })),
    bytes,
    visible,
    efficiency,
    lostLinks,
    wasted: wasted.map(({ path, isDirectory, files, shadowed, whiteouted }) => ({
      ...nameToJson("path", path),
      isDirectory,
      files,
      shadowed,
      whiteouted,
    })),
  };
}

function platformOf({ config: { os, architecture, variant } }: ContainerImage): string {
  return [os, architecture, variant].filter((part) => part !== undefined).join("/");
}

function bytesOf({ files, bytes, visible, shadowed, whiteouted, replaced }: StackedLayer): object {
  return { files, bytes, visible, shadowed, whiteouted, replaced };
}

export function* stackLines(
  layers: readonly Layer[],
  stack: LayerStack,
  wasted: readonly WastedPath[],
  printer: Printer,
): Generator<ByteText> {
  const rows = layers.map((layer, index) => cells(layer, stack.layers[index]!, index + 1));
  const headings = layers.some(({ createdBy }) => createdBy !== undefined) ? HEADINGS : HEADINGS.with(-1, "");
  for (const line of table([headings, ...rows], LEFT)) yield toBytes(line.trimEnd());
  yield "";
  yield toBytes(summary(stack));
  const replaced = stack.layers.reduce((sum, layer) => sum + layer.replaced, 0);
  if (replaced > 0) yield toBytes(`${formatBytes(replaced)} of that were replaced within their own layers.`);
  if (stack.lostLinks > 0) yield toBytes(lost(stack.lostLinks));
  if (wasted.length === 0) return;
  yield "";
  const lines = table(wasted.map(wastedCells), WASTED_LEFT);
  for (const [index, line] of lines.entries()) yield `${toBytes(line)}  ${pathText(wasted[index]!, printer)}`;
}

/** @param left  columns that begin at the left: text */
function table(rows: readonly (readonly string[])[], left: readonly number[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  "),
  );
}

function cells({ name, digest, diffId, size, createdBy }: Layer, stacked: StackedLayer, number: number): string[] {
  const isDigest = digest !== undefined || diffId !== undefined;
  return [
    String(number),
    isDigest ? name.slice(name.indexOf(":") + 1).slice(0, DIGEST_WIDTH) : harmless(name),
    formatBytes(size),
    String(stacked.files),
    formatBytes(stacked.visible),
    amount(stacked.shadowed),
    amount(stacked.whiteouted),
    createdBy === undefined ? "" : step(createdBy),
  ];
}

/** What is none should not be looked at. */
const amount = (bytes: number): string => (bytes === 0 ? "-" : formatBytes(bytes));

/** Without what every step begins with. */
function step(createdBy: string): string {
  const text = harmless(
    createdBy
      .replace(/^\/bin\/sh -c (#\(nop\) +)?/, "")
      .replace(/\s+/g, " ")
      .trim(),
  );
  return text.length > STEP_WIDTH ? `${text.slice(0, STEP_WIDTH - 1)}…` : text;
}

function summary({ bytes, visible, efficiency }: LayerStack): string {
  if (bytes === visible) return `All of ${formatBytes(bytes)} are visible.`;
  const percent = (Math.floor(efficiency * 1000) / 10).toFixed(1); // never 100 where something is wasted
  return `${percent} % of ${formatBytes(bytes)} are visible; ${formatBytes(bytes - visible)} are carried along unseen.`;
}

function lost(links: number): string {
  const them = links === 1 ? "1 hard link leads to a file" : `${links} hard links lead to files`;
  return `${them} of layers below that are not there.`;
}

function wastedCells({ shadowed, whiteouted, files }: WastedPath): string[] {
  const how = shadowed === 0 ? "whiteouted" : whiteouted === 0 ? "shadowed" : "both";
  return [formatBytes(shadowed + whiteouted), how, files === 1 ? "1 file" : `${files} files`];
}

function pathText({ path, isDirectory }: WastedPath, printer: Printer): ByteText {
  return `${printer.name(path)}${isDirectory ? "/" : ""}`;
}
