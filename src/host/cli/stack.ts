/** `layerkiln stack`: what it takes. */
import { buildCommand } from "@stricli/core";
import { type ContainerImageFlags, containerImageFlags } from "./container-image-argument.ts";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface StackFlags extends ContainerImageFlags {
  readonly paths: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Tells what the layers of a container image add to it, and how much of that nobody will ever see.

IMAGE is an OCI image layout, a directory or a tar of one, or what docker save writes. Layers may be given instead: tars, plain
or compressed, the lowest first. Each is read once, digests are verified, and nothing is written.

A later layer cannot make an earlier one smaller. Of the bytes of a layer's files
  visible      are those that a container sees;
  shadowed     are hidden by a later layer that has the same path, or something else in the place of a directory on the way;
  whiteouted   are hidden by a later layer that deleted the path, or a directory on the way.
Hard links count once. Below the table stand the paths that waste most; one that ends in / stands for all that is in it.

EXAMPLES
  layerkiln stack image.tar
  Of several platforms, with more of the paths:
    layerkiln stack layout --platform linux/arm64 --paths 50
  Two layers, the lowest first:
    layerkiln stack base.tar.gz app.tar.gz
  To fail a build that carries too much along:
    layerkiln stack image.tar --json | jq -e '.efficiency > 0.95'

EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 not supported here`;

export const stack = buildCommand<StackFlags, string[], Context>({
  loader: async () => (await import("./stack-run.ts")).runStack,
  parameters: {
    positional: {
      kind: "array",
      parameter: {
        brief: "A container image; or layers, the lowest first, - being standard input",
        placeholder: "IMAGE|LAYER",
        parse: String,
      },
      minimum: 1,
    },
    flags: {
      ...containerImageFlags,
      paths: {
        kind: "parsed",
        brief: "How many of the paths to tell that waste most",
        placeholder: "N",
        parse: parseCount,
        default: "10",
      },
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print no progress"),
    },
    aliases: { q: "quiet" },
  },
  docs: { brief: "Tell what each layer adds, and what of it is never seen", fullDescription: DESCRIPTION },
});

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new Error("is no number from 0 to 999999");
  return Number(text);
}
