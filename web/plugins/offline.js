/** Writes the service worker, which knows every file of this build by its digest. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { builtFiles } from "./built-files.js";

const SOURCE = fileURLToPath(new URL("../service-worker.ts", import.meta.url));

/** A vite plugin: it runs when all other files are written. */
export function offline() {
  let folder;
  return {
    name: "offline",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    async closeBundle() {
      const files = builtFiles(folder).map(({ path, bytes }) => [path, digestOf(bytes)]);
      await build({
        entryPoints: [SOURCE],
        outfile: join(folder, "service-worker.js"),
        bundle: true,
        minify: true,
        format: "iife",
        target: "es2022",
        legalComments: "none",
        define: { FILES: JSON.stringify(Object.fromEntries(files)) },
      });
    },
  };
}

/** As the attribute `integrity` has it. */
function digestOf(bytes) {
  return `sha256-${createHash("sha256").update(bytes).digest("base64")}`;
}
