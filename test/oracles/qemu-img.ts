/** qemu-img and qemu-io: readers and writers of VHD and VHDX that share no code with us. */
import { ask, missing, run } from "./oracle.ts";

/** What qemu calls a container; it guesses wrong for a fixed VHD, so it is always told. */
export type QemuFormat = "vpc" | "vhdx" | "raw";

export const qemuImg = {
  name: "qemu-img",
  missing: missing("qemu-img", "qemu-utils"),

  /** Bytes of disk that qemu sees in the file at `path`. Throws if qemu refuses it. */
  virtualSize(path: string, format: QemuFormat = "vpc"): number {
    return JSON.parse(ask("qemu-img", ["info", "--output=json", "-f", format, path]))["virtual-size"];
  },

  /** Bytes of the disk in a dynamic VHD that have a place in the file. Of a VHDX qemu says that all have. */
  storedSize(path: string): number {
    const runs: { length: number; offset?: number }[] = JSON.parse(
      ask("qemu-img", ["map", "--output=json", "-f", "vpc", path]),
    );
    return runs.reduce((sum, { length, offset }) => sum + (offset === undefined ? 0 : length), 0);
  },

  /** Whether the disk in a file has the bytes of `raw`. */
  sameDisk(path: string, raw: string, format: QemuFormat = "vpc"): boolean {
    return run("qemu-img", ["compare", "-f", format, "-F", "raw", path, raw]).status === 0;
  },

  /** What qemu finds wrong with a VHDX; nothing. */
  complaints(path: string): string {
    const { status, stdout, stderr } = run("qemu-img", ["check", "-f", "vhdx", path]);
    return status === 0 && stdout.includes("No errors were found") ? "" : stdout + stderr;
  },

  /** Makes a container of the disk in `raw`. @param options  as after `-o` */
  wrap(raw: string, path: string, format: QemuFormat, options: string): void {
    ask("qemu-img", ["convert", "-f", "raw", "-O", format, "-o", options, raw, path]);
  },

  /** Writes `length` bytes of `pattern` at `at` into the disk, and reads them back. */
  write(path: string, format: QemuFormat, at: number, length: number, pattern: number): void {
    const told = ask("qemu-io", [
      "-f",
      format,
      "-c",
      `write -P ${pattern} ${at} ${length}`,
      "-c",
      `read -P ${pattern} ${at} ${length}`,
      path,
    ]);
    if (/fail|error/i.test(told)) throw new Error(`qemu-io: ${told}`);
  },
};
