/** `layerkiln disk`: what it takes. */
import { buildCommand } from "@stricli/core";
import { parseBytes } from "./byte-count.ts";
import { type ContainerFlags, containerFlags } from "./container-flags.ts";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface DiskFlags extends ContainerFlags {
  readonly output: string;
  readonly raw?: boolean;
  readonly blockSize?: number;
  readonly verity?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Writes a disk into another kind of file.

IMAGE is a raw image, a VHD (fixed or dynamic) or a VHDX; what it is, it says itself. OUT is raw unless a flag says
otherwise. Holes are not read, and blocks of zeros are not written.

EXAMPLES
  A scratch disk as small as what is in it:
    layerkiln disk scratch.img -o scratch.vhdx --vhdx
  The disk alone, to be mounted:
    layerkiln disk scratch.vhdx -o scratch.img

EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 not supported here, such as a differencing disk`;

export const disk = buildCommand<DiskFlags, [image: string], Context>({
  loader: async () => (await import("./disk-run.ts")).runDisk,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A raw image, a VHD or a VHDX", placeholder: "IMAGE", parse: String }],
    },
    flags: {
      output: { kind: "parsed", brief: "Where the disk goes", placeholder: "OUT", parse: String },
      raw: flag("Write the disk itself, as without any of these"),
      ...containerFlags,
      blockSize: {
        kind: "parsed",
        brief: "Bytes of a block of a dynamic disk, such as 1M or 32M for a VHDX (2M unless given)",
        placeholder: "BYTES",
        parse: parseBytes,
        optional: true,
      },
      verity: flag("Append a dm-verity tree to the disk, and print its root hash"),
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Convert between raw images, VHD and VHDX", fullDescription: DESCRIPTION },
});
