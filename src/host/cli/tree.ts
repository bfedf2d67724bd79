/** `layerkiln tree`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";
import { EXIT_CODES, IMAGE, NO_VERIFY, OPTIONAL_PATH } from "./image-argument.ts";

export interface TreeFlags {
  readonly depth?: number;
  readonly json?: boolean;
  readonly noVerify?: boolean;
}

const DESCRIPTION = `Draws a directory of an image and all below it as a tree.

EXAMPLES
  layerkiln tree layer.ext4 /etc
  Two levels only:
    layerkiln tree layer.ext4 --depth 2

${EXIT_CODES}`;

export const tree = buildCommand<TreeFlags, [image: string, path?: string], Context>({
  loader: async () => (await import("./tree-run.ts")).runTree,
  parameters: {
    positional: { kind: "tuple", parameters: [IMAGE, OPTIONAL_PATH] },
    flags: {
      depth: {
        kind: "parsed",
        brief: "Levels to draw (all unless given)",
        placeholder: "N",
        parse: parseDepth,
        optional: true,
      },
      json: flag("Print one JSON object; a directory's files are in its `entries`"),
      noVerify: NO_VERIFY,
    },
  },
  docs: { brief: "Draw a directory of an image as a tree", fullDescription: DESCRIPTION },
});

function parseDepth(text: string): number {
  const depth = Number(text);
  if (!/^\d+$/.test(text) || depth === 0) throw new Error("is not a number of levels, 1 or more");
  return depth;
}
