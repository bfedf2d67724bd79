/** `layerkiln`: its commands, and how it speaks of mistakes. */
import {
  type Application,
  buildApplication,
  buildCommand,
  buildRouteMap,
  ExitCode,
  proposeCompletions,
  run,
  type StricliProcess,
} from "@stricli/core";
import type { Platform } from "../platform.ts";
import { completion } from "./completion.ts";
import type { Context } from "./context.ts";
import { Exit, exitCodeOf } from "./exit.ts";
import { ext4 } from "./ext4.ts";
import { mkfs } from "./mkfs.ts";
import { stderr, stdout } from "./output.ts";
import { NAME, text } from "./text.ts";

const DESCRIPTION = `Turns container layers into disk images: the same bytes every time, on any system.

EXAMPLE
  layerkiln ext4 layer.tar.gz -o layer.ext4 --whiteouts overlay`;

/** Run by the shell: prints what may follow the words of a command line. */
const complete = buildCommand<Record<never, never>, string[], Context>({
  loader: async () =>
    async function (_flags, ...words) {
      const inputs = words.slice(1); // the first is our own name
      if (this.process.env.COMP_LINE?.endsWith(" ")) inputs.push("");
      for (const { kind, completion } of await proposeCompletions(application, inputs, this)) {
        // Where nothing is typed yet, a file may stand too, and the shell offers files only if we offer nothing.
        if (inputs.at(-1) === "" && kind === "argument:flag") continue;
        this.process.stdout.write(`${completion}\n`);
      }
    },
  parameters: { positional: { kind: "array", parameter: { brief: "Words", placeholder: "WORD", parse: String } } },
  docs: { brief: "Propose completions" },
});

const application: Application<Context> = buildApplication<Context>(
  buildRouteMap<"ext4" | "mkfs" | "completion" | "complete", Context>({
    routes: { ext4, mkfs, completion, complete },
    docs: {
      brief: "Turns container layers into disk images",
      fullDescription: DESCRIPTION,
      hideRoute: { complete: true },
    },
  }),
  {
    name: NAME,
    versionInfo: { getCurrentVersion: readVersion },
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { useAliasInUsageLine: true, disableAnsiColor: Boolean(process.env.NO_COLOR) },
    localization: { text },
    determineExitCode: exitCodeOf,
  },
);

async function readVersion(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const manifest = await readFile(new URL(import.meta.resolve("layerkiln/package.json")), "utf8");
  const { version }: { version: string } = JSON.parse(manifest);
  return version;
}

/** @returns the exit code of the process */
export async function runApplication(words: readonly string[], platform: Platform | undefined): Promise<number> {
  const self: StricliProcess = { stdout, stderr, env: process.env };
  await run(application, words, { process: self as Context["process"], ...(platform && { platform }) });

  const exitCode = Number(self.exitCode);
  if (exitCode === ExitCode.Success) return Exit.Ok;
  if (exitCode === ExitCode.UnknownCommand) return usage(NAME);
  if (exitCode === ExitCode.InvalidArgument) return usage(`${NAME} ${words[0]}`);
  return exitCode < 0 ? Exit.Failure : exitCode;
}

function usage(command: string): number {
  stderr.write(`See: ${command} --help\n`);
  return Exit.Usage;
}
