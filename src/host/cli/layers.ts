/** `layerkiln layers`: what it takes. */
import { buildCommand } from "@stricli/core";
import { type ContainerFlags, containerFlags } from "./container-flags.ts";
import { CONTAINER_IMAGE, type ContainerImageFlags, containerImageFlags } from "./container-image-argument.ts";
import type { Context } from "./context.ts";
import { size } from "./filesystem-flags.ts";
import { flag } from "./flag.ts";

export interface LayersFlags extends ContainerFlags, ContainerImageFlags {
  readonly output: string;
  readonly profile: "hcsshim" | "modern";
  readonly verity?: boolean;
  readonly inline?: boolean;
  readonly maxSize?: number;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Makes an image of each layer of a container image, as tar2ext4 and dmverity-vhd make them.

IMAGE is an OCI image layout, a directory or a tar of one, or what docker save writes. The files in DIR are named after the
layers' diff ids; layers that occur twice have one file. If one layer fails, nothing is left of the others.

EXAMPLES
  Layers for a virtual machine, and their root hashes:
    layerkiln layers image.tar -o layers --verity --vhd
  Of an index with several platforms:
    layerkiln layers layout/ -o layers --platform linux/arm64

EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 not supported here`;

function parseJobs(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error("is no number from 1 on");
  return Number(text);
}

export const layers = buildCommand<LayersFlags, [image: string], Context>({
  loader: async () => (await import("./layers-run.ts")).runLayers,
  parameters: {
    positional: { kind: "tuple", parameters: [CONTAINER_IMAGE] },
    flags: {
      output: { kind: "parsed", brief: "Where the images go", placeholder: "DIR", parse: String },
      profile: { kind: "enum", brief: "Whose bytes to write", values: ["hcsshim", "modern"], default: "hcsshim" },
      ...containerImageFlags,
      verity: flag("Append dm-verity trees, and print their root hashes"),
      ...containerFlags,
      inline: flag("Keep small files in their inodes; not compatible with DAX"),
      maxSize: { ...size("Bytes that a filesystem may have, such as 16G (128G unless given)"), optional: true },
      jobs: {
        kind: "parsed",
        brief: "Layers at a time (as many as there are cores)",
        placeholder: "N",
        parse: parseJobs,
        optional: true,
      },
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { o: "output", q: "quiet", j: "jobs" },
  },
  docs: { brief: "Make an image of each layer of a container image", fullDescription: DESCRIPTION },
});
