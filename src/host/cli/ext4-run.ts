/** `layerkiln ext4`: what it does. */
import type { ConvertResult } from "../conversion.ts";
import { convert } from "../convert.ts";
import { formatBytes } from "./byte-count.ts";
import { containerOf } from "./container-flags.ts";
import type { Context } from "./context.ts";
import type { Ext4Flags } from "./ext4.ts";
import { filesystemOptionsOf } from "./filesystem-flags.ts";
import { stderr, stdout } from "./output.ts";
import { refuseOwnInput } from "./own-input.ts";
import { withProgress } from "./progress-bar.ts";
import { standardInput } from "./stdin.ts";

export async function runExt4(this: Context, flags: Ext4Flags, layer: string): Promise<void> {
  const { vhd: _, ...options } = flags; // one of three flags for `container`
  const container = containerOf(flags);
  refuseOwnInput([layer], flags.output);
  const result = await withProgress(flags.quiet, (watched) =>
    convert(layer === "-" ? standardInput() : layer, flags.output, {
      ...options,
      container,
      filesystem: filesystemOptionsOf(flags),
      digests: flags.json ?? false, // to hash a layer takes longer than to convert it
      ...(this.platform && { platform: this.platform }),
      ...watched,
    }),
  );
  if (flags.json) stdout.write(`${JSON.stringify(toJson(flags.output, result), null, 2)}\n`);
  else if (!flags.quiet) stdout.write(toText(flags.output, result));
  if (!flags.quiet && flags.whiteouts === "keep" && result.whiteouts > 0) stderr.write(hint(result.whiteouts));
}

function toJson(
  image: string,
  { size, profile, diffId, input, entries, whiteouts, rootHash, hashOffset }: ConvertResult,
) {
  return { image, size, profile, diffId, input, entries, whiteouts, rootHash, hashOffset };
}

function toText(image: string, { size, entries, rootHash, hashOffset }: ConvertResult): string {
  const lines = [`${image}: ${size} bytes (${formatBytes(size)}), ${entries} ${entries === 1 ? "entry" : "entries"}`];
  if (rootHash !== undefined) lines.push(`root hash: ${rootHash}`, `hash offset: ${hashOffset}`);
  return `${lines.join("\n")}\n`;
}

function hint(whiteouts: number): string {
  const subject =
    whiteouts === 1
      ? "1 whiteout (.wh.*) was kept as a plain file"
      : `${whiteouts} whiteouts (.wh.*) were kept as plain files`;
  return `hint: ${subject}; --whiteouts overlay converts them\n`;
}
