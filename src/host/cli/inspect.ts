/** `layerkiln inspect`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";
import { EXIT_CODES, IMAGE, NO_VERIFY } from "./image-argument.ts";

export interface InspectFlags {
  readonly blocks?: boolean;
  readonly json?: boolean;
  readonly map?: boolean;
  readonly noVerify?: boolean;
  readonly svg?: string;
}

const DESCRIPTION = `Prints what an image is: what it is wrapped in, its filesystem's features and sizes, the room in it, and what
its blocks are used for. Of a CIM: its version, the regions that it refers to, its files, and what is stored.

EXAMPLES
  layerkiln inspect layer.vhd
  Where each kind of block stands:
    layerkiln inspect layer.ext4 --blocks
  The same as a picture, in the terminal and in a file:
    layerkiln inspect layer.ext4 --map
    layerkiln inspect layer.ext4 --svg map.svg
  For a program:
    layerkiln inspect layer.ext4 --json | jq .filesystem.features

${EXIT_CODES}`;

export const inspect = buildCommand<InspectFlags, [image: string], Context>({
  loader: async () => (await import("./inspect-run.ts")).runInspect,
  parameters: {
    positional: { kind: "tuple", parameters: [IMAGE] },
    flags: {
      blocks: flag("Show all runs of blocks that have one use, from the first block to the last"),
      map: flag("Draw what stands where, from the first block to the last"),
      svg: {
        kind: "parsed",
        brief:
          "Write the map to FILE as SVG, with the path of what each cell holds; - for standard output, and that alone",
        placeholder: "FILE",
        parse: String,
        optional: true,
      },
      json: flag("Print one JSON object"),
      noVerify: NO_VERIFY,
    },
  },
  docs: { brief: "Print what an image is, and what its blocks are used for", fullDescription: DESCRIPTION },
});
