/** `layerkiln ls`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";
import { EXIT_CODES, IMAGE, NO_VERIFY, OPTIONAL_PATH } from "./image-argument.ts";

export interface LsFlags {
  readonly long?: boolean;
  readonly all?: boolean;
  readonly recursive?: boolean;
  readonly json?: boolean;
  readonly noVerify?: boolean;
}

const DESCRIPTION = `Lists a directory of an image, a name a line, in the order of the names' bytes.

Names that begin with a dot are listed as all others. Owners are numbers: an image knows no names. Times are UTC.
Of a CIM, attributes stand where modes do: directory, archive, read-only, hidden, system, sparse (p), reparse point (l).
On a terminal, characters that would change it are shown as \\xNN.

EXAMPLES
  What stands in the root:
    layerkiln ls layer.ext4
  Everything, with modes, owners, sizes and times:
    layerkiln ls -lR layer.ext4
  The sizes of all files, by jq:
    layerkiln ls -R layer.ext4 --json | jq 'map(select(.type == "file") | .size) | add'

${EXIT_CODES}`;

export const ls = buildCommand<LsFlags, [image: string, path?: string], Context>({
  loader: async () => (await import("./ls-run.ts")).runLs,
  parameters: {
    positional: { kind: "tuple", parameters: [IMAGE, OPTIONAL_PATH] },
    flags: {
      long: flag("Show mode, links, owner, group, size or device, time of change, and where links lead"),
      all: flag("List . and .. too"),
      recursive: flag("List all directories below as well"),
      json: flag("Print one JSON array, an object for each file"),
      noVerify: NO_VERIFY,
    },
    aliases: { l: "long", a: "all", R: "recursive" },
  },
  docs: { brief: "List a directory of an image", fullDescription: DESCRIPTION },
});
