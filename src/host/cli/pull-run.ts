/** `layerkiln pull`: what it does. */
import { readFileSync } from "node:fs";
import { ErrorCode, ImageError } from "../errors.ts";
import { formatPlatform } from "../oci/image-platform.ts";
import { shown } from "../oci/shown.ts";
import type { Credentials } from "../registry/credentials.ts";
import { type PulledBlob, type PulledImage, type PullResult, pullImage } from "../registry/pull.ts";
import { formatBytes } from "./byte-count.ts";
import type { Context } from "./context.ts";
import { UsageError, untilInterrupted } from "./exit.ts";
import { stderr, stdout } from "./output.ts";
import { openProgressBar } from "./progress-bar.ts";
import type { PullFlags } from "./pull.ts";

export async function runPull(this: Context, flags: PullFlags, reference: string, directory: string): Promise<void> {
  const credentials = credentialsOf(flags);
  const bar = flags.quiet ? undefined : openProgressBar(stderr);
  const say = (line: string) => {
    if (flags.quiet) return;
    bar?.clear();
    stderr.write(`${line}\n`);
  };
  const pulling = (signal: AbortSignal) =>
    pullImage(reference, directory, {
      ...flags,
      mirrors: flags.mirror ?? [],
      ...(credentials && { credentials }),
      ...(this.platform && { system: this.platform }),
      ...(bar && { onProgress: bar.show }),
      onBlob: (blob) => say(describeBlob(blob)),
      onTrouble: (sentence) => say(`layerkiln: ${sentence}`),
      signal,
    });
  let result: PullResult;
  try {
    result = await untilInterrupted(pulling, "what came is kept for the next time");
  } finally {
    bar?.clear();
  }
  if (flags.json) stdout.write(`${JSON.stringify(toJson(directory, result), null, 2)}\n`);
  else if (!flags.quiet) stdout.write(toText(directory, result));
}

function credentialsOf({ username, passwordStdin }: PullFlags): Credentials | undefined {
  if (username === undefined && !passwordStdin) return undefined;
  if (username === undefined || !passwordStdin) throw new UsageError("--username and --password-stdin go together");
  if (process.stdin.isTTY) {
    throw new ImageError(ErrorCode.InvalidArgument, "standard input: is a terminal, which would show the password");
  }
  return { username, password: readFileSync(0, "utf8").replace(/\r?\n$/, "") };
}

function describeBlob({ digest, size, fetched }: PulledBlob): string {
  const how =
    fetched >= size
      ? "fetched"
      : fetched === 0
        ? "was there"
        : `was there but for ${formatBytes(fetched)}, now fetched`;
  return `${digest}: ${formatBytes(size)}, ${how}`;
}

function toJson(directory: string, { name, digest, images, bytesFetched }: PullResult) {
  return { directory, name, digest, images: images.map(imageToJson), bytesFetched };
}

function imageToJson({ digest, platform, layers }: PulledImage) {
  return { digest, ...(platform && { platform: formatPlatform(platform) }), layers };
}

function toText(directory: string, { name, digest, images, bytesFetched }: PullResult): string {
  const lines = images.map(({ platform, layers }) => {
    const count = `${layers.length} ${layers.length === 1 ? "layer" : "layers"}`;
    return `${platform === undefined ? "platform unknown" : shown(formatPlatform(platform))}: ${count}`;
  });
  return `${[`${directory}: ${name}, ${formatBytes(bytesFetched)} fetched`, digest, ...lines].join("\n")}\n`;
}
