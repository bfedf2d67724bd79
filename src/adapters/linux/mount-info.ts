/** What is mounted, as this process sees it. Source: proc_pid_mountinfo(5). */
import { readFile } from "node:fs/promises";

export interface MountInfo {
  /** Such as "ext4", "fuse.fuse-overlayfs". */
  readonly type: string;
  readonly target: string;
}

/** In the order in which they were mounted. */
export async function readMountInfo(): Promise<MountInfo[]> {
  const text = await readFile("/proc/self/mountinfo", "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const fields = line.split(" ");
      // Optional fields stand before the "-", any number of them.
      return { target: fromOctal(fields[4]!), type: fields[fields.indexOf("-", 6) + 1]! };
    });
}

/** Blanks and backslashes are written in octal. */
function fromOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
