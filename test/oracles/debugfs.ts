/** debugfs: reads an ext4 filesystem through libext2fs, and breaks one on request. */
import type { ByteString } from "../fixtures/layer.ts";
import { missing, run } from "./oracle.ts";

/** What debugfs lists of a file. */
export interface Listed {
  inode: number;
  mode: number;
  uid: number;
  gid: number;
  /** Of a file or symlink; debugfs lists no other. */
  size: number | undefined;
}

export const debugfs = {
  name: "debugfs",
  missing: missing("debugfs", "e2fsprogs", "-V"),

  /** Every path of the image but "." and "..". Names must be plain text. */
  list(image: string): Map<string, Listed> {
    const found = new Map<string, Listed>();
    let level: [path: string, inode: number][] = [["", 2]];
    while (level.length > 0) {
      const requests = level.map(([, inode]) => `ls -p <${inode}>\n`).join("");
      // Each answer is preceded by its request.
      const answers = debug(image, ["-f", "-"], requests)
        .split(/^debugfs: .*$/m)
        .slice(1);
      const next: typeof level = [];
      level.forEach(([path], index) => {
        for (const line of answers[index]!.split("\n")) {
          const [, inode, mode, uid, gid, name, size] = line.split("/");
          if (name === undefined || inode === "0" || name === "." || name === "..") continue;
          const child = path === "" ? name : `${path}/${name}`;
          found.set(child, {
            inode: Number(inode),
            mode: Number.parseInt(mode!, 8),
            uid: Number(uid) >>> 0, // debugfs prints them with a sign
            gid: Number(gid) >>> 0,
            size: size === "" ? undefined : Number(size),
          });
          if (mode!.startsWith("04")) next.push([child, Number(inode)]);
        }
      });
      level = next;
    }
    return found;
  },

  /** The value of an xattr of an inode, or nothing. */
  xattr(image: string, inode: number, name: string): ByteString | undefined {
    const told = debug(image, ["-R", `ea_get -V <${inode}> ${name}`]);
    return told === "" ? undefined : told.slice(0, -1); // a line
  },

  /** The inode that a block belongs to, of a file or a directory; nothing where it belongs to none. */
  inodeOf(image: string, block: number): number | undefined {
    const [, inode] = /^\d+\s+(\d+)$/m.exec(debug(image, ["-R", `icheck ${block}`])) ?? [];
    return inode === undefined ? undefined : Number(inode);
  },

  /** As `inodeOf`, of many blocks; those that belong to no inode are not in it. */
  inodesOf(image: string, blocks: readonly number[]): Map<number, number> {
    const requests = [];
    for (let at = 0; at < blocks.length; at += 500) requests.push(`icheck ${blocks.slice(at, at + 500).join(" ")}\n`);
    const told = debug(image, ["-f", "-"], requests.join(""));
    return new Map([...told.matchAll(/^(\d+)\s+(\d+)$/gm)].map(([, block, inode]) => [Number(block), Number(inode)]));
  },

  /** The paths of an inode. */
  pathsOf(image: string, inode: number): string[] {
    const told = debug(image, ["-R", `ncheck ${inode}`]);
    return [...told.matchAll(/^\d+\s+(\/.*)$/gm)].map(([, path]) => path!.replace(/^\/\//, "/"));
  },

  /** Runs a request that changes the image, such as `set_inode_field <12> links_count 9`. */
  change(image: string, request: string): void {
    debug(image, ["-w", "-R", request]);
  },
};

/** What debugfs prints. It ends with exit code 0 even for what it cannot open. */
function debug(image: string, args: string[], requests = ""): string {
  const { stdout, stderr, status } = run("debugfs", [...args, image], requests);
  if (status !== 0 || /while trying to open|not open/.test(stderr)) throw new Error(stderr.trim());
  return stdout;
}
