/** `layerkiln diff`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";
import { IMAGE, NO_VERIFY } from "./image-argument.ts";

export interface DiffFlags {
  readonly output?: string;
  readonly list?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly noVerify?: boolean;
}

const DESCRIPTION = `Writes what changed from one image to another as an OCI layer: a tar with whiteouts.

Applied to LOWER, the layer gives UPPER. A file has changed if its type, mode, owner, device number, mtime, extended
attributes, target, content or hard links have; not if only atime or ctime have. With each change come the directories it
is in, so that the layer can also be mounted over LOWER by overlayfs.

Both may be CIMs: then it is a layer of Windows, and a change is whatever that says of a file, all four times among it.

EXAMPLES
  A layer:
    layerkiln diff old.ext4 new.ext4 -o layer.tar
  What changed, a path a line, after A (added), C (changed) or D (deleted):
    layerkiln diff old.ext4 new.ext4 --list
  Only whether anything did:
    layerkiln diff old.ext4 new.ext4 --check || echo "they differ"

EXIT CODES
  0 done, and with --check equal, 1 failed, 2 wrong usage, 3 different (with --check), 4 not an image that is read here`;

export const diff = buildCommand<DiffFlags, [lower: string, upper: string], Context>({
  loader: async () => (await import("./diff-run.ts")).runDiff,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { ...IMAGE, brief: "The image as it was", placeholder: "LOWER" },
        { ...IMAGE, brief: "The image as it is", placeholder: "UPPER" },
      ],
    },
    flags: {
      output: {
        kind: "parsed",
        brief: "Where the layer goes; standard output unless given, or -",
        placeholder: "TAR",
        parse: String,
        optional: true,
      },
      list: flag("Print what changed; no layer is written without -o"),
      check: flag("Exit with 3 if they differ; no layer is written without -o"),
      json: flag("Print the result as one JSON document, with --list what changed; no layer is written without -o"),
      quiet: flag("Print nothing but errors, and what is asked for"),
      noVerify: NO_VERIFY,
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Write what changed between two images as a layer", fullDescription: DESCRIPTION },
});
