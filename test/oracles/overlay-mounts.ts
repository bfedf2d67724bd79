/** What it takes to mount what the snapshotters of directories say, asked of programs that are not ours. */
import { existsSync } from "node:fs";
import { missing, type Oracle } from "./oracle.ts";
import { overlay } from "./overlay.ts";

export const overlayMounts: Oracle = { name: "overlayfs", missing: overlay.missing };

export const fuseOverlayFs: Oracle = {
  name: "fuse-overlayfs",
  missing:
    missing("fuse-overlayfs", "fuse-overlayfs fuse3") ??
    (existsSync("/dev/fuse") ? undefined : "/dev/fuse is not here (modprobe fuse)") ??
    (process.getuid?.() === 0 ? undefined : "mounting takes root"),
};
