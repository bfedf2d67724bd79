/** `layerkiln web`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface WebFlags {
  readonly port?: number;
  readonly open?: boolean;
  readonly json?: boolean;
}

const DESCRIPTION = `Serves layerkiln's own page to the browsers of this machine: drop a layer or an image there, and take a disk.

The work is done in the page. The server gives it its own files, hears of nothing else, and answers to localhost alone, by IPv4
and IPv6; it runs until SIGTERM or SIGINT (Ctrl+C). Without --port it takes 4600, or one of the 19 after it that is
free. Finished images are kept by the browser for each address: another port has others.

EXAMPLES
  layerkiln web
  layerkiln web --open
  layerkiln web --port 8080
  On another machine, by a tunnel:
    ssh -L 4600:localhost:4600 HOST layerkiln web --port 4600

EXIT CODES
  0 it was told to end, 1 failed, 2 wrong usage`;

export const web = buildCommand<WebFlags, [], Context>({
  loader: async () => (await import("./web-run.ts")).runWeb,
  parameters: {
    flags: {
      port: {
        kind: "parsed",
        brief: "The port to listen on; 0 is any that is free",
        placeholder: "PORT",
        parse: parsePort,
        optional: true,
      },
      open: flag("Open the page in the browser"),
      json: flag("Print one JSON document, when it listens"),
    },
  },
  docs: { brief: "Serve the page, where layers are dropped and disks taken", fullDescription: DESCRIPTION },
});

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 0xffff) throw new Error("is no port: 0 to 65535");
  return port;
}
