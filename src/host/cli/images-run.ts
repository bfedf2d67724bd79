/** `layerkiln images`: what it does. */
import { formatPlatform } from "../oci/image-platform.ts";
import { listContainerImages } from "../oci/list-container-images.ts";
import type { ListedImage, ListedLayer } from "../oci/list-images.ts";
import { harmless } from "../oci/shown.ts";
import { formatBytes } from "./byte-count.ts";
import type { Context } from "./context.ts";
import { untilInterrupted } from "./exit.ts";
import type { ImagesFlags } from "./images.ts";
import { stdout } from "./output.ts";
import { Printer, toBytes } from "./printer.ts";

export async function runImages(this: Context, { json }: ImagesFlags, path: string): Promise<void> {
  const listed = await untilInterrupted((signal) => listContainerImages(path, { signal }));
  if (json) {
    stdout.write(`${JSON.stringify(listed, null, 2)}\n`);
    return;
  }
  const printer = new Printer(stdout);
  for (const image of listed) for (const line of toLines(image)) printer.line(toBytes(harmless(line)));
  printer.flush();
}

/** All text in it may be of others' making; and no name of an image has a line's end in it. */
function toLines({ names, digest, kind, platform, layers, unavailable }: ListedImage): string[] {
  const title = names.length === 0 ? "without a name" : names.join(", ");
  const words = [
    kind === "artifact" ? "no image, an artifact" : platform ? formatPlatform(platform) : "no platform",
    ...(layers ? [sumOf(layers)] : []),
  ];
  return [
    `${title}: ${words.join(", ")}`,
    `  ${digest}`,
    ...(unavailable === undefined ? [] : [`  cannot be opened: ${unavailable}`]),
    ...(layers ?? []).map(toLine),
  ];
}

function sumOf(layers: readonly ListedLayer[]): string {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0);
  return `${layers.length === 1 ? "1 layer" : `${layers.length} layers`} of ${formatBytes(bytes)}`;
}

function toLine({ digest, diffId, mediaType, size }: ListedLayer): string {
  return `    ${digest ?? `diff id ${diffId}`} ${formatBytes(size)} ${mediaType}`;
}
