/** dumpe2fs: prints the superblock of an ext4 filesystem. */
import { ask, missing } from "./oracle.ts";

export const dumpe2fs = {
  name: "dumpe2fs",
  missing: missing("dumpe2fs", "e2fsprogs", "-V"),

  /** The fields of the superblock, by the names that dumpe2fs gives them. Throws if there is none. */
  superblock(path: string): Map<string, string> {
    return new Map(
      [...ask("dumpe2fs", ["-h", path]).matchAll(/^([^:\n]+):[ \t]+(.*)$/gm)].map(([, field, value]) => [
        field!,
        value!,
      ]),
    );
  },
};
