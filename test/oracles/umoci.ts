/** umoci: makes layouts and unpacks them, and shares no code with us. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { scratchFolder } from "../fixtures/scratch.ts";
import { readMounted } from "./loop-mount.ts";
import { ask, missing, type Oracle } from "./oracle.ts";
import type { Tree } from "./tree.ts";

export const umoci = {
  name: "umoci",
  missing: missing("umoci", "umoci") ?? (process.getuid?.() === 0 ? undefined : "to unpack owners takes root"),

  /** The tree of the image called `name` in the layout in `folder`. */
  tree(folder: string, name: string): Tree {
    const bundle = join(scratchFolder(), "bundle");
    ask("umoci", ["unpack", "--image", `${folder}:${name}`, bundle]);
    return readMounted(join(bundle, "rootfs"));
  },

  /** A layout with an image called `name`, of a layer for each of `changes`: what `sh` does, in the root that it is given as $PWD. */
  make(name: string, changes: string[]): string {
    const layout = join(scratchFolder(), "layout");
    const image = `${layout}:${name}`;
    ask("umoci", ["init", "--layout", layout]);
    ask("umoci", ["new", "--image", image]);
    for (const change of changes) {
      const bundle = join(scratchFolder(), "bundle");
      ask("umoci", ["unpack", "--image", image, bundle]);
      execFileSync("sh", ["-euc", change], { cwd: join(bundle, "rootfs"), stdio: ["ignore", "ignore", "inherit"] });
      ask("umoci", ["repack", "--image", image, bundle]);
    }
    return layout;
  },

  configure(folder: string, name: string, words: string[]): void {
    ask("umoci", ["config", "--image", `${folder}:${name}`, ...words]);
  },
} satisfies Oracle & Record<string, unknown>;
