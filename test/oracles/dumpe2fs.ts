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

  /** What each block of the filesystem is that dumpe2fs says something of: metadata of groups, and what is free. */
  blocks(path: string): Map<number, GroupUse> {
    const told = ask("dumpe2fs", [path]);
    const uses = new Map<number, GroupUse>();
    const groups = told.slice(told.indexOf("\nGroup 0:"));
    for (const [pattern, use] of PLACES) {
      for (const [, list] of groups.matchAll(pattern)) {
        for (const [, first, last = first] of list!.matchAll(/(\d+)(?:-(\d+))?/g)) {
          for (let block = Number(first); block <= Number(last); block++) uses.set(block, use);
        }
      }
    }
    return uses;
  },
};

type GroupUse =
  | "superblock"
  | "descriptors"
  | "reserved-descriptors"
  | "block-bitmap"
  | "inode-bitmap"
  | "inode-table"
  | "free";

const PLACES: [pattern: RegExp, use: GroupUse][] = [
  [/(?:Primary|Backup) superblock at (\d+)/g, "superblock"],
  [/Group descriptors? at (\d+(?:-\d+)?)/g, "descriptors"],
  [/Reserved GDT blocks at (\d+(?:-\d+)?)/g, "reserved-descriptors"],
  [/Block bitmap at (\d+)/g, "block-bitmap"],
  [/Inode bitmap at (\d+)/g, "inode-bitmap"],
  [/Inode table at (\d+-\d+|\d+)/g, "inode-table"],
  [/Free blocks: ([\d, -]+)/g, "free"],
];
