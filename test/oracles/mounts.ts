/** What is mounted, and which files are disks: findmnt and losetup tell. */
import { dirname } from "node:path";
import { scratchFolder } from "../fixtures/scratch.ts";
import { loopMount } from "./loop-mount.ts";
import { ask, missing, run } from "./oracle.ts";

export interface Mounted {
  target: string;
  source: string;
  type: string;
  /** Of the mount, and of the filesystem. */
  options: string[];
  own: string[];
  propagation: string;
}

export interface LoopDevice {
  name: string;
  readOnly: boolean;
  autoclear: boolean;
  directIo: boolean;
  offset: number;
  sizeLimit: number;
}

const COLUMNS = "TARGET,SOURCE,FSTYPE,VFS-OPTIONS,FS-OPTIONS,PROPAGATION";

export const mounts = {
  name: "mounting as root",
  missing: loopMount.missing ?? missing("findmnt", "util-linux") ?? missing("losetup", "mount"),

  /** In the order in which they were mounted. */
  under(folder: string): Mounted[] {
    const { filesystems } = JSON.parse(ask("findmnt", ["--json", "--list", "--output", COLUMNS]));
    return filesystems
      .map((each: Record<string, string>) => ({
        target: each.target,
        source: each.source,
        type: each.fstype,
        options: each["vfs-options"]!.split(","),
        own: each["fs-options"]!.split(","),
        propagation: each.propagation,
      }))
      .filter(({ target }: Mounted) => target === folder || target.startsWith(`${folder}/`));
  },

  /** What is mounted on `target`, the last first. */
  at: (target: string): Mounted | undefined => mounts.under(target).findLast((each) => each.target === target),

  /** Devices that are made of `file`. */
  devices(file: string): LoopDevice[] {
    const said = run("losetup", ["--list", "--json", "--associated", file]).stdout;
    const devices: Record<string, unknown>[] = said === "" ? [] : JSON.parse(said).loopdevices;
    return devices.map((each) => ({
      name: String(each.name),
      readOnly: each.ro === true,
      autoclear: each.autoclear === true,
      directIo: each.dio === true,
      offset: Number(each.offset),
      sizeLimit: Number(each.sizelimit),
    }));
  },
};

const PATIENCE_MILLISECONDS = 10_000;
const GLANCE_MILLISECONDS = 20;

/**
 * Devices that stay when the last mount of `file` has gone. Other programs of this machine may look at a device just then, or
 * have a copy of all mounts, and hold it for as long.
 */
export function devicesLeft(file: string): LoopDevice[] {
  const end = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const devices = mounts.devices(file);
    if (devices.length === 0 || Date.now() > end) return devices;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GLANCE_MILLISECONDS);
  }
}

const root = dirname(scratchFolder());

/** Takes off all that a test has mounted, also if it failed. */
export function takeOffAll(): void {
  for (const { target } of mounts.under(root).reverse()) run("umount", ["--lazy", target]);
}

if (mounts.missing === undefined) process.prependListener("exit", takeOffAll); // before the scratch folders go
