/** `layerkiln layers`: what it does. */
import { convertLayers, type LayerImage } from "../layers/convert-layers.ts";
import { formatBytes } from "./byte-count.ts";
import { containerOf } from "./container-flags.ts";
import type { Context } from "./context.ts";
import type { LayersFlags } from "./layers.ts";
import { openNamedImage } from "./open-container-image.ts";
import { stdout } from "./output.ts";
import { withProgress } from "./progress-bar.ts";

export async function runLayers(this: Context, flags: LayersFlags, path: string): Promise<void> {
  const { output, profile, verity, inline, maxSize, jobs, quiet } = flags;
  const container = containerOf(flags);
  const { digest, layers } = await withProgress(quiet, async (watched) => {
    const image = await openNamedImage(path, flags, watched.signal);
    const layers = await convertLayers(image, output, {
      profile,
      container,
      verity: verity ?? false,
      inline: inline ?? false,
      ...(maxSize !== undefined && { maxSize }),
      ...(jobs !== undefined && { jobs }),
      ...watched,
    });
    return { digest: image.digest, layers };
  });
  if (flags.json) stdout.write(`${JSON.stringify({ image: path, digest, layers }, null, 2)}\n`);
  else if (!quiet) stdout.write(layers.map(toText).join(""));
}

function toText({ layer, path, sameAs, size, entries, rootHash }: LayerImage): string {
  const what =
    sameAs === undefined
      ? `${size} bytes (${formatBytes(size)}), ${entries} ${entries === 1 ? "entry" : "entries"}`
      : `as layer ${sameAs}`;
  const root = rootHash === undefined ? "" : `  root hash: ${rootHash}\n`;
  return `layer ${layer}: ${path}, ${what}\n${root}`;
}
