/** `layerkiln mount` and `layerkiln umount`: what they take. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface MountFlags {
  readonly readWrite?: boolean;
  readonly scratch?: string;
  readonly options?: string;
}

export interface UnmountFlags {
  readonly lazy?: boolean;
}

const EXIT_CODES = `EXIT CODES
  0 done, 1 failed, such as for want of rights, 2 wrong usage, 4 not an image that is mounted here, or not on this machine`;

const MOUNT = `Mounts images on a directory, through the kernel: for root, on Linux; CIMs, for administrators, on Windows.

IMAGE is ext2, ext3 or ext4, plain, in a fixed VHD, or with a hash tree behind it, which is not looked at: layerkiln verity
verify does that. One is mounted as it is. Several are layers, the base first, as in an image's manifest; they are seen
laid over one another, if they were made with --whiteouts overlay.

A CIM is mounted alone, and only read: its Files, if it is a layer.

Read-only, unless a flag says otherwise. Programs that change who runs them, and devices, have no effect in it, unless --options
suid,dev. layerkiln umount takes all of it off again; nothing else has to be cleaned up.

EXAMPLES
  layerkiln mount layer.ext4 /mnt
  layerkiln mount base.vhd middle.vhd top.vhd /mnt
  layerkiln mount base.ext4 top.ext4 /mnt --scratch /var/tmp/changes
  layerkiln mount disk.ext4 /mnt --read-write
  layerkiln mount base.cim C:\\mnt

${EXIT_CODES}`;

const UNMOUNT = `Takes off what was mounted on a directory last, and frees what it took.

${EXIT_CODES}`;

const WORD = { brief: "Images, the base first, and the directory", placeholder: "IMAGE… DIR", parse: String };

export const mount = buildCommand<MountFlags, string[], Context>({
  loader: async () => (await import("./mount-run.ts")).runMount,
  parameters: {
    positional: { kind: "array", parameter: WORD, minimum: 2 },
    flags: {
      readWrite: flag("Write into the image itself: one, raw or in a fixed VHD, without a hash tree"),
      scratch: {
        kind: "parsed",
        brief: "Write into DIR/upper; the images stay as they are",
        placeholder: "DIR",
        parse: String,
        optional: true,
      },
      options: {
        kind: "parsed",
        brief: "Further options, as in fstab, such as noexec,noatime",
        placeholder: "OPTIONS",
        parse: String,
        optional: true,
      },
    },
    aliases: { o: "options", w: "readWrite" },
  },
  docs: { brief: "Mount images on a directory", fullDescription: MOUNT },
});

export const umount = buildCommand<UnmountFlags, [directory: string], Context>({
  loader: async () => (await import("./mount-run.ts")).runUnmount,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ brief: "Where something is mounted", placeholder: "DIR", parse: String }],
    },
    flags: { lazy: flag("Also while it is in use: it goes with the last open file") },
    aliases: { l: "lazy" },
  },
  docs: { brief: "Take off what is mounted on a directory", fullDescription: UNMOUNT },
});
