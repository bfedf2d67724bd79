/** `layerkiln mkfs`: what it takes. What it does is loaded when it is asked for. */
import { buildCommand } from "@stricli/core";
import { type ContainerFlags, containerFlags } from "./container-flags.ts";
import type { Context } from "./context.ts";
import { type FilesystemFlags, filesystemFlags, size } from "./filesystem-flags.ts";
import { flag } from "./flag.ts";

export interface MkfsFlags extends FilesystemFlags, ContainerFlags {
  readonly output: string;
  readonly size: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Makes an empty ext4 filesystem.

Only what is not zero is written, so that the file takes little room until it is used.
Equal options make equal files; give --uuid where two of them meet.

EXAMPLES
  A scratch disk of 20 GiB, in a file of a few MiB:
    layerkiln mkfs --size 20G --journal --vhdx -o scratch.vhdx
  A plain image of a small one:
    layerkiln mkfs --size 64M --label data -o data.ext4

EXIT CODES
  0 done, 1 failed, 2 wrong usage`;

export const mkfs = buildCommand<MkfsFlags, [], Context>({
  loader: async () => (await import("./mkfs-run.ts")).runMkfs,
  parameters: {
    flags: {
      output: { kind: "parsed", brief: "Where the image goes", placeholder: "IMAGE", parse: String },
      size: size("Bytes of the filesystem, such as 20G"),
      ...filesystemFlags,
      ...containerFlags,
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Make an empty filesystem", fullDescription: DESCRIPTION },
});
