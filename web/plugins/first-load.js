/** Says what has to come over the network before a layer can be dropped and converted, and fails where that is too much. */
import { gzipSync } from "node:zlib";
import { builtFiles } from "./built-files.js";

const KIB = 1024;
const MOST = 300 * 1000; // bytes, compressed

/**
 * What is loaded only when it is asked for: what looks into images, pictures, CIMs, and the modules of the core that they need. A file
 * that is not known counts as needed at first.
 */
const LATER =
  /^(?:sample\.tar|service-worker\.js|assets\/(?:archive|blocks|bytes|cim-|disk(?!-writing)|hash-tree|pair|place-words|read|room|stack|svg|tree-pair|web-image-source)\w*-.*)$/;

/** A vite plugin. */
export function firstLoad() {
  let folder;
  return {
    name: "first-load",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      const sizes = builtFiles(folder).map(({ path, bytes }) => ({ path, size: gzipSync(bytes, { level: 9 }).length }));
      const first = sizes.filter(({ path }) => !LATER.test(path)).reduce((sum, { size }) => sum + size, 0);
      const all = sizes.reduce((sum, { size }) => sum + size, 0);
      console.log(`page: ${inKib(first)} KiB at first, ${inKib(all)} KiB in all, compressed`);
      if (first > MOST) throw new Error(`page: the first load takes ${first} bytes, and may take ${MOST}`);
    },
  };
}

const inKib = (bytes) => Math.round(bytes / KIB);
