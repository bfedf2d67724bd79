/** Walks folders. Not readdir's `recursive`: Node 20's follows links, and `/usr/bin/X11` is one to its own folder. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** @returns paths of all below `folder` but folders, sorted */
export function filesBelow(folder: string): string[] {
  const paths: string[] = [];
  const waiting = [folder];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      (entry.isDirectory() ? waiting : paths).push(join(path, entry.name));
    }
  }
  return paths.sort();
}
