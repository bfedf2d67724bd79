/** Builds the page into build/page: plain files that stand under any path, and work without a network once they were loaded. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { firstLoad } from "./plugins/first-load.js";
import { offline } from "./plugins/offline.js";
import { sample } from "./plugins/sample.js";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  publicDir: "public",
  clearScreen: false,
  logLevel: "warn",
  plugins: [sample(), offline(), firstLoad()],
  worker: { format: "es" },
  build: {
    outDir: fileURLToPath(new URL("../build/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the policy of the page lets nothing in but files
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
