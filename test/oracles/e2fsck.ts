/** e2fsck: checks an ext4 filesystem as its authors understand it. */
import { missing, run } from "./oracle.ts";

/** What e2fsck says of nearly every image in hcsshim's profile, which leaves these bits as hcsshim does. */
export const INODE_BITMAP_PADDING = "Padding at end of inode bitmap is not set. Fix? no";

export const e2fsck = {
  name: "e2fsck",
  missing: missing("e2fsck", "e2fsprogs", "-V"),

  /** Everything that it would mend in the image at `path`, a line each. */
  complaints(path: string): string[] {
    const { status, stdout, stderr } = run("e2fsck", ["-f", "-n", path]);
    const lines = stdout.split("\n").filter((line) => line !== "" && !FRAME.some((frame) => frame.test(line)));
    if (status === 0 || (status === 4 && lines.length > 0)) return lines;
    return [...lines, `exit ${status}: ${stderr.trim()}`];
  },

  /** Rewrites all directories of the image at `path`, so that large ones get an index, which mke2fs does not make. */
  optimize(path: string): void {
    const { status, stdout } = run("e2fsck", ["-f", "-y", "-D", path]);
    if (status !== 0 && status !== 1) throw new Error(`e2fsck -D: exit ${status}: ${stdout}`);
  },
};

/** Lines that e2fsck prints of a sound image too, and its summing up. */
const FRAME = [
  /^Pass \d: /,
  /: \d+\/\d+ files \(.*% non-contiguous\), \d+\/\d+ blocks$/,
  /WARNING: Filesystem still has errors/,
];
