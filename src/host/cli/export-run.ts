/** `layerkiln export`: what it does. */
import type { ExportResult } from "../image/export.ts";
import { exportImage } from "../image/export-image.ts";
import { archiveOutput, isStandardOutput, notesOn } from "./archive-output.ts";
import { formatBytes } from "./byte-count.ts";
import type { Context } from "./context.ts";
import { tuneEngine } from "./engine.ts";
import type { ExportFlags } from "./export.ts";
import { stderr, stdout } from "./output.ts";
import { refuseOwnInput } from "./own-input.ts";
import { openProgressBar } from "./progress-bar.ts";

export async function runExport(this: Context, flags: ExportFlags, image: string): Promise<void> {
  refuseOwnInput([image], flags.output);
  const { target, run } = archiveOutput(flags.output, flags.json);
  tuneEngine();
  const bar = flags.quiet ? undefined : openProgressBar(stderr);
  let result: ExportResult;
  try {
    result = await run((signal) =>
      exportImage(image, target, {
        ...(flags.path !== undefined && { path: flags.path }),
        whiteouts: flags.whiteouts,
        verify: !flags.noVerify,
        digests: flags.json ?? false,
        ...(signal && { signal }),
        ...(bar && { onProgress: bar.show }),
      }),
    );
  } finally {
    bar?.clear();
  }
  if (flags.json) stdout.write(`${JSON.stringify({ archive: flags.output, ...result }, null, 2)}\n`);
  else if (!flags.quiet && !isStandardOutput(flags.output)) stdout.write(toText(flags.output, result));
  if (!flags.quiet) stderr.write(notesOn(result) + (flags.whiteouts === "keep" ? hint(result.whiteouts) : ""));
}

function toText(archive: string, { size, entries }: ExportResult): string {
  return `${archive}: ${size} bytes (${formatBytes(size)}), ${entries} ${entries === 1 ? "entry" : "entries"}\n`;
}

function hint(whiteouts: number): string {
  if (whiteouts === 0) return "";
  const subject =
    whiteouts === 1
      ? "1 whiteout of overlayfs was kept as it is"
      : `${whiteouts} whiteouts of overlayfs were kept as they are`;
  return `hint: ${subject}; --whiteouts oci converts them to .wh.* entries\n`;
}
