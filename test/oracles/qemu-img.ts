/** qemu-img: a reader of VHD that shares no code with us. */
import { ask, missing, run } from "./oracle.ts";

export const qemuImg = {
  name: "qemu-img",
  missing: missing("qemu-img", "qemu-utils"),

  /** Bytes of disk that qemu sees in the VHD at `path`. Throws if qemu refuses the file. */
  virtualSize(path: string): number {
    return JSON.parse(ask("qemu-img", ["info", "--output=json", "-f", "vpc", path]))["virtual-size"];
  },

  /** Whether the disk in a VHD has the bytes of `raw`. */
  sameDisk(vhd: string, raw: string): boolean {
    return run("qemu-img", ["compare", "-f", "vpc", "-F", "raw", vhd, raw]).status === 0;
  },
};
