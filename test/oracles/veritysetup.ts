/** veritysetup: makes and checks dm-verity trees in user space, without the kernel's device mapper. */
import { ask, missing, run } from "./oracle.ts";

export const veritysetup = {
  name: "veritysetup",
  missing: missing("veritysetup", "cryptsetup-bin"),

  /** Whether the data before `hashOffset` is what the tree after it and `rootHash` say. */
  verifies(path: string, hashOffset: number, rootHash: string): boolean {
    return run("veritysetup", ["verify", `--hash-offset=${hashOffset}`, path, path, rootHash]).status === 0;
  },

  /** Appends superblock and tree to the `blocks` blocks of `path`, with a salt of 32 zero bytes; gives the root hash. */
  format(path: string, blocks: number, uuid: string): string {
    const told = ask("veritysetup", [
      "format",
      `--salt=${"00".repeat(32)}`,
      `--uuid=${uuid}`,
      `--data-blocks=${blocks}`,
      `--hash-offset=${blocks * 4096}`,
      path,
      path,
    ]);
    return /^Root hash:\s+(\w+)$/m.exec(told)![1]!;
  },

  /** Makes a tree by its own rules. @param flags  such as `--salt=-`; @param files  data and hashes. @returns the root hash */
  tree(flags: string[], data: string, hashes: string): string {
    return /^Root hash:\s+(\w+)$/m.exec(ask("veritysetup", ["format", ...flags, data, hashes]))![1]!;
  },

  /** Whether a tree that may stand anywhere is right. */
  accepts(flags: string[], data: string, hashes: string, rootHash: string): boolean {
    return run("veritysetup", ["verify", ...flags, data, hashes, rootHash]).status === 0;
  },

  /** The fields of the superblock at `hashOffset`. */
  dump(path: string, hashOffset: number): Map<string, string> {
    const told = ask("veritysetup", ["dump", `--hash-offset=${hashOffset}`, path]);
    return new Map([...told.matchAll(/^([^:\n]+):\s+(.*?)\s*$/gm)].map(([, field, value]) => [field!, value!]));
  },
};
