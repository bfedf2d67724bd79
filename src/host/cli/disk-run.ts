/** `layerkiln disk`: what it does. */
import type { Container } from "../container.ts";
import { convertDisk } from "../disk.ts";
import type { DiskResult } from "../disk-writing.ts";
import { formatBytes } from "./byte-count.ts";
import { containerOf } from "./container-flags.ts";
import type { Context } from "./context.ts";
import type { DiskFlags } from "./disk.ts";
import { UsageError } from "./exit.ts";
import { stdout } from "./output.ts";
import { refuseOwnInput } from "./own-input.ts";
import { withProgress } from "./progress-bar.ts";

export async function runDisk(this: Context, flags: DiskFlags, image: string): Promise<void> {
  const { output, blockSize, verity, json, quiet } = flags;
  const container = containerOf(flags);
  if (flags.raw && container !== "raw") throw new UsageError(`--raw and --${container}: a disk lies in one of them`);
  refuseOwnInput([image], output);
  const result = await withProgress(quiet, (watched) =>
    convertDisk(image, output, {
      container,
      ...(blockSize !== undefined && { containerBlockSize: blockSize }),
      ...(verity && { verity }),
      ...(this.platform && { platform: this.platform }),
      ...watched,
    }),
  );
  if (json) stdout.write(`${JSON.stringify({ image: output, container, ...result }, null, 2)}\n`);
  else if (!quiet) stdout.write(toText(output, container, result));
}

function toText(image: string, container: Container, { size, diskSize, rootHash, hashOffset }: DiskResult): string {
  const lines = [`${image}: ${container}, ${size} bytes (${formatBytes(size)}) for a disk of ${formatBytes(diskSize)}`];
  if (rootHash !== undefined) lines.push(`root hash: ${rootHash}`, `hash offset: ${hashOffset}`);
  return `${lines.join("\n")}\n`;
}
