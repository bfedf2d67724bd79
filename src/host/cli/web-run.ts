/** `layerkiln web`: what it does. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { readPage } from "../web-server/read-page.ts";
import { WebServer } from "../web-server/web-server.ts";
import type { Context } from "./context.ts";
import { untilInterrupted } from "./exit.ts";
import { openBrowser } from "./open-browser.ts";
import { stderr, stdout } from "./output.ts";
import type { WebFlags } from "./web.ts";

const DEFAULT_PORT = 4600;

export async function runWeb(this: Context, { port, open, json }: WebFlags): Promise<void> {
  const page = await readPage(fileURLToPath(new URL("../../page", import.meta.url))); // from build/cli/bin
  // Around all of it: who sees that it listens may tell it to end at once.
  await untilInterrupted(async (signal) => {
    const server = await WebServer.start(page, port ?? DEFAULT_PORT, { steps: port === undefined });
    try {
      stdout.write(json ? `${JSON.stringify(toJson(server))}\n` : `${server.address}\nCtrl+C ends it.\n`);
      if (open) tryToOpen(server.address);
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      await server.close();
    }
  });
}

function toJson({ address, port }: WebServer): object {
  return { address, port };
}

/** The page is there all the same. */
function tryToOpen(address: string): void {
  openBrowser(address).catch(({ message }: Error) => {
    stderr.write(`layerkiln: the browser was not opened: ${message}\n`);
  });
}
