/** `layerkiln stat`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";
import { EXIT_CODES, IMAGE, NO_VERIFY, PATH } from "./image-argument.ts";

export interface StatFlags {
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly noVerify?: boolean;
}

const DESCRIPTION = `Prints all that an image knows of a file: type, mode, owner, size, times, extended attributes, and where
its blocks stand.

Of a CIM: attributes, four times, the security descriptor, reparse data, extended attributes, alternate streams.

A symbolic link is described itself. Times are UTC. Values of attributes are shown as text where they are, else in hex.

EXAMPLES
  layerkiln stat layer.ext4 /usr/bin/ping
  layerkiln stat layer.ext4 /usr/bin/ping --json | jq .xattrs

${EXIT_CODES}`;

export const stat = buildCommand<StatFlags, [image: string, path: string], Context>({
  loader: async () => (await import("./stat-run.ts")).runStat,
  parameters: {
    positional: { kind: "tuple", parameters: [IMAGE, PATH] },
    flags: {
      follow: flag("Describe what a symbolic link leads to"),
      json: flag("Print one JSON object; values of attributes are base64"),
      noVerify: NO_VERIFY,
    },
    aliases: { L: "follow" },
  },
  docs: { brief: "Print all that an image knows of a file", fullDescription: DESCRIPTION },
});
