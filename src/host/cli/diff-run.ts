/** `layerkiln diff`: what it does. */
import type { DiffResult, ImageChange } from "../image/diff.ts";
import { diffImages } from "../image/diff-images.ts";
import { archiveOutput, isStandardOutput, notesOn } from "./archive-output.ts";
import { formatBytes } from "./byte-count.ts";
import type { Context } from "./context.ts";
import type { DiffFlags } from "./diff.ts";
import { tuneEngine } from "./engine.ts";
import { Exit, untilInterrupted } from "./exit.ts";
import { nameToJson } from "./file-text.ts";
import { stderr, stdout } from "./output.ts";
import { refuseOwnInput } from "./own-input.ts";
import { Printer } from "./printer.ts";
import { openProgressBar } from "./progress-bar.ts";

const LETTERS = { added: "A", changed: "C", deleted: "D" } as const;

export async function runDiff(this: Context, flags: DiffFlags, lower: string, upper: string): Promise<void> {
  refuseOwnInput([lower, upper], flags.output);
  const isReport = flags.list || flags.check || flags.json;
  const wantsLayer = flags.output !== undefined || !isReport;
  const output = wantsLayer ? archiveOutput(flags.output, flags.list || flags.json) : undefined;
  const report = reportOf(flags);
  tuneEngine();
  const bar = flags.quiet ? undefined : openProgressBar(stderr);
  let result: DiffResult;
  try {
    result = await (output?.run ?? untilInterrupted)((signal) =>
      diffImages(lower, upper, output?.target, {
        verify: !flags.noVerify,
        digests: flags.json ?? false,
        ...(signal && { signal }),
        onChange: report.change,
        ...(bar && { onProgress: bar.show }),
      }),
    );
  } finally {
    bar?.clear();
  }
  report.end(result);
  if (!flags.quiet && !isReport && !isStandardOutput(flags.output)) stdout.write(toText(flags.output, result));
  if (!flags.quiet) stderr.write(notesOn({ ...result.layer, ...result }));
  const isEqual = result.added + result.changed + result.deleted === 0;
  if (flags.check && !isEqual) process.exitCode = Exit.Mismatch;
}

interface Report {
  /** @returns whether more of them are of use */
  change(change: ImageChange): boolean;
  end(result: DiffResult): void;
}

function reportOf(flags: DiffFlags): Report {
  if (flags.json) return reportJson(flags);
  if (flags.list) return reportLines();
  return { change: () => !flags.check, end() {} };
}

function reportLines(): Report {
  const printer = new Printer(stdout);
  return {
    change({ kind, pathBytes }) {
      printer.line(`${LETTERS[kind]} /${printer.name(pathBytes)}`);
      return true;
    },
    end: () => printer.flush(),
  };
}

function reportJson({ output, list }: DiffFlags): Report {
  const changes: object[] = [];
  return {
    change({ kind, pathBytes }) {
      if (list) changes.push({ kind, ...nameToJson("path", Buffer.concat([Buffer.from("/"), pathBytes])) });
      return true;
    },
    end({ added, changed, deleted, layer }) {
      const document = {
        added,
        changed,
        deleted,
        ...(layer && { layer: { archive: output, ...layer } }),
        ...(list && { changes }),
      };
      stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    },
  };
}

function toText(archive: string, { added, changed, deleted, layer }: DiffResult): string {
  return `${archive}: ${layer!.size} bytes (${formatBytes(layer!.size)}), ${added} added, ${changed} changed, ${deleted} deleted\n`;
}
