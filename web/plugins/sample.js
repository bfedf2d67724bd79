/** The container image that the repository has as an example, as one archive, so that the page can be tried without a file. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BLOCK_SIZE, encodeEntry, padding } from "../../build/src/host/archive/pax.js";

const IMAGE = fileURLToPath(new URL("../../examples/image", import.meta.url));

/** A vite plugin. */
export function sample() {
  return {
    name: "sample",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "sample.tar", source: archiveOf(IMAGE) });
    },
  };
}

/** Equal folders give equal archives: names in order, no times, no owners. */
function archiveOf(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
  const parts = names.flatMap((name) => {
    const body = readFileSync(join(folder, name));
    const header = encodeEntry({
      type: "file",
      name: Buffer.from(name),
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: body.length,
      mtime: 0n,
    });
    return [header, body, padding(body.length)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_SIZE)]);
}
