/** What a build has written. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Every file under `folder`, by its path with slashes, in order. */
export function builtFiles(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => ({ path: path.replaceAll("\\", "/"), bytes: readFileSync(join(folder, path)) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
