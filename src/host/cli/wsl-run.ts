/** `layerkiln wsl`: what it does. */
import { lacksOf } from "../boot/wsl-lacks.ts";
import { type WslLayers, wslLayers } from "../boot/wsl-layers.ts";
import { openImage } from "../image/open-image.ts";
import { makeRootfs } from "../rootfs.ts";
import type { Context } from "./context.ts";
import { filesystemOptionsOf } from "./filesystem-flags.ts";
import { namedLayers, openNamedImage } from "./open-container-image.ts";
import { stderr, stdout } from "./output.ts";
import { refuseOwnInput } from "./own-input.ts";
import { withProgress } from "./progress-bar.ts";
import { rootfsJson, rootfsText } from "./rootfs-run.ts";
import type { WslFlags } from "./wsl.ts";

/** What `wsl --import` gives a distribution. Of it, only what is not zero takes room. */
const DEFAULT_SIZE = 1024 ** 4;

export async function runWsl(this: Context, flags: WslFlags, path: string): Promise<void> {
  const { output, size = DEFAULT_SIZE, json, quiet } = flags;
  refuseOwnInput([path], output);
  const [image, told, result] = await withProgress(quiet, async (watched) => {
    const image = await openNamedImage(path, flags, watched.signal);
    const told = wslLayers(image.config);
    const layers = [
      { source: told.beneath, name: "defaults" },
      ...namedLayers(image),
      { source: told.above, addition: true, name: "environment" },
    ];
    const result = await makeRootfs(layers, output, {
      container: "vhdx",
      filesystem: { ...filesystemOptionsOf({ ...flags, size }), journal: true },
      ...(this.platform && { platform: this.platform }),
      ...watched,
    });
    return [image, told, result] as const;
  });
  const lacks = await findLacks(output, told);
  if (json)
    stdout.write(`${JSON.stringify({ ...rootfsJson(output, image, result), user: told.user, lacks }, null, 2)}\n`);
  else if (!quiet) stdout.write(rootfsText(output, image, result));
  if (!quiet) for (const lack of lacks) stderr.write(`hint: ${lack}\n`);
}

async function findLacks(output: string, told: WslLayers): Promise<string[]> {
  const image = await openImage(output);
  try {
    return lacksOf(image, told);
  } finally {
    image.close();
  }
}
