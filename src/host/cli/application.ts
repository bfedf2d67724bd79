/** `layerkiln`: its commands, and how it speaks of mistakes. */
import { readFileSync } from "node:fs";
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
import { attach, detach } from "./attach.ts";
import { cat } from "./cat.ts";
import { check } from "./check.ts";
import { cim } from "./cim.ts";
import { completion } from "./completion.ts";
import type { Context } from "./context.ts";
import { diff } from "./diff.ts";
import { disk } from "./disk.ts";
import { doctor } from "./doctor.ts";
import { Exit, exitCodeOf } from "./exit.ts";
import { exportCommand } from "./export.ts";
import { ext4 } from "./ext4.ts";
import { hive } from "./hive.ts";
import { images } from "./images.ts";
import { inspect } from "./inspect.ts";
import { layers } from "./layers.ts";
import { ls } from "./ls.ts";
import { mkfs } from "./mkfs.ts";
import { mount, umount } from "./mount.ts";
import { stderr, stdout } from "./output.ts";
import { pull } from "./pull.ts";
import { rootfs } from "./rootfs.ts";
import { serve } from "./serve.ts";
import { snapshot } from "./snapshot.ts";
import { stack } from "./stack.ts";
import { stat } from "./stat.ts";
import { NAME, text } from "./text.ts";
import { tree } from "./tree.ts";
import { verity } from "./verity.ts";
import { web } from "./web.ts";
import { wsl } from "./wsl.ts";

const DESCRIPTION = `Turns container images and their layers into disk images: the same bytes every time, on any system.

EXAMPLES
  layerkiln pull alpine:3.20 alpine
  layerkiln rootfs alpine -o rootfs.ext4
  layerkiln wsl image.tar -o distribution.vhdx
  layerkiln layers image.tar -o layers --verity --vhd
  layerkiln stack image.tar
  layerkiln ext4 layer.tar.gz -o layer.ext4 --whiteouts overlay
  layerkiln cim windows-layer.tar.gz -o cims --name base
  layerkiln ls -l layer.ext4 /etc
  layerkiln export layer.ext4 -o layer.tar
  layerkiln mount base.ext4 top.ext4 /mnt
  layerkiln mkfs --size 20G --journal --vhdx -o scratch.vhdx
  layerkiln disk image.ext4 -o image.vhdx --vhdx
  layerkiln verity create image.ext4
  layerkiln web --open
  layerkiln doctor`;

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

type Route =
  | "pull"
  | "images"
  | "rootfs"
  | "wsl"
  | "layers"
  | "stack"
  | "ext4"
  | "cim"
  | "mkfs"
  | "ls"
  | "cat"
  | "stat"
  | "tree"
  | "inspect"
  | "check"
  | "export"
  | "diff"
  | "mount"
  | "umount"
  | "attach"
  | "detach"
  | "disk"
  | "verity"
  | "hive"
  | "web"
  | "serve"
  | "snapshot"
  | "doctor"
  | "completion"
  | "complete";

const application: Application<Context> = buildApplication<Context>(
  buildRouteMap<Route, Context>({
    routes: {
      pull,
      images,
      rootfs,
      wsl,
      layers,
      stack,
      ext4,
      cim,
      mkfs,
      ls,
      cat,
      stat,
      tree,
      inspect,
      check,
      export: exportCommand,
      diff,
      mount,
      umount,
      attach,
      detach,
      disk,
      verity,
      hive,
      web,
      serve,
      snapshot,
      doctor,
      completion,
      complete,
    },
    docs: {
      brief: "Turns container images and their layers into disk images",
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
  const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8"); // from build/cli/bin
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
