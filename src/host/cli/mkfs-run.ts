/** `layerkiln mkfs`: what it does. */
import { makeFilesystem } from "../filesystem.ts";
import { formatBytes } from "./byte-count.ts";
import { containerOf } from "./container-flags.ts";
import type { Context } from "./context.ts";
import { filesystemOptionsOf } from "./filesystem-flags.ts";
import type { MkfsFlags } from "./mkfs.ts";
import { stdout } from "./output.ts";

export async function runMkfs(this: Context, flags: MkfsFlags): Promise<void> {
  const { size } = await makeFilesystem(flags.output, {
    ...filesystemOptionsOf(flags),
    size: flags.size,
    container: containerOf(flags),
  });
  if (flags.json) stdout.write(`${JSON.stringify({ image: flags.output, size }, null, 2)}\n`);
  else if (!flags.quiet) stdout.write(`${flags.output}: ${size} bytes (${formatBytes(size)})\n`);
}
