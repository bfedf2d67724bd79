/** `layerkiln check`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";
import { IMAGE } from "./image-argument.ts";

export interface CheckFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Checks the ext2, ext3 or ext4 filesystem in an image, or a CIM: structure, checksums, bitmaps against what is in use, link
counts. Nothing is written, and nothing is mended. Each finding is a line: where it is, and what is wrong, with the
numbers. Warnings are of what does no harm; the first thousand findings are shown.

Of a CIM, with its regions: headers, tables, names and their order, all that files lead to, and that none of it overlaps.

EXAMPLES
  layerkiln check layer.ext4
  In a script, by the exit code alone:
    layerkiln check -q disk.vhd || echo damaged
  For a program:
    layerkiln check layer.ext4 --json | jq '.findings[].problem'

EXIT CODES
  0 sound, 1 cannot be read at all, 2 wrong usage, 3 something is wrong, 4 not an image or a feature that is checked here`;

export const check = buildCommand<CheckFlags, [image: string], Context>({
  loader: async () => (await import("./check-run.ts")).runCheck,
  parameters: {
    positional: { kind: "tuple", parameters: [IMAGE] },
    flags: {
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { q: "quiet" },
  },
  docs: { brief: "Check the filesystem in an image", fullDescription: DESCRIPTION },
});
