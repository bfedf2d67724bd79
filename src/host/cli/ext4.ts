/** `layerkiln ext4`: what it takes. What it does is loaded when it is asked for. */
import { buildCommand } from "@stricli/core";
import { type ContainerFlags, containerFlags } from "./container-flags.ts";
import type { Context } from "./context.ts";
import { type FilesystemFlags, filesystemFlags, size } from "./filesystem-flags.ts";
import { flag } from "./flag.ts";

export interface Ext4Flags extends FilesystemFlags, ContainerFlags {
  readonly output: string;
  readonly profile: "modern" | "hcsshim";
  readonly whiteouts: "keep" | "overlay";
  readonly inline?: boolean;
  readonly convertSlash?: boolean;
  readonly maxSize?: number;
  readonly size?: number;
  readonly free?: number;
  readonly verity?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Makes an ext4 image from a container layer.

LAYER is a tar, plain or compressed with gzip, zlib or zstd; - is standard input.
The image appears under its name when it is complete, and a file of that name is replaced.

EXAMPLES
  An image that a VM can mount as a layer of overlayfs:
    layerkiln ext4 layer.tar.gz -o layer.ext4 --whiteouts overlay
  A disk to write to, with a journal:
    layerkiln ext4 rootfs.tar -o disk.ext4 --size 20G --journal
  The same with a dm-verity tree, in a VHD; the root hash is printed:
    layerkiln ext4 layer.tar.gz -o layer.vhd --whiteouts overlay --verity --vhd
  From a pipe, with the result as JSON:
    zcat layer.tar.gz | layerkiln ext4 - -o layer.ext4 --json

EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 not supported here`;

export const ext4 = buildCommand<Ext4Flags, [layer: string], Context>({
  loader: async () => (await import("./ext4-run.ts")).runExt4,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A layer's tar, or - for standard input", placeholder: "LAYER", parse: String }],
    },
    flags: {
      output: { kind: "parsed", brief: "Where the image goes", placeholder: "IMAGE", parse: String },
      profile: { kind: "enum", brief: "Whose bytes to write", values: ["modern", "hcsshim"], default: "modern" },
      whiteouts: {
        kind: "enum",
        brief: "What becomes of .wh.* entries: plain files, or overlayfs' whiteouts",
        values: ["keep", "overlay"],
        default: "keep",
      },
      inline: flag("Keep small files in their inodes; not compatible with DAX"),
      convertSlash: flag("Convert \\ in names and link targets to /"),
      maxSize: {
        ...size("Bytes the filesystem may have, such as 64M or 1T (128G unless given; 16G with hcsshim)"),
        optional: true,
      },
      ...filesystemFlags,
      size: { ...size("Bytes of the filesystem, such as 20G; what is not used stays free"), optional: true },
      free: { ...size("Bytes that stay free, instead of --size"), optional: true },
      verity: flag("Append a dm-verity tree, and print its root hash"),
      ...containerFlags,
      json: flag("Print the result as one JSON document, with digests"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Make an ext4 image from a layer", fullDescription: DESCRIPTION },
});
