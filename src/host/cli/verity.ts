/** `layerkiln verity`: what its commands take. */
import { buildCommand, buildRouteMap } from "@stricli/core";
import { parseBytes } from "./byte-count.ts";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

/** Where a tree is, or is to be. */
export interface PlaceFlags {
  readonly hashOffset?: number;
  readonly hashFile?: string;
  readonly noSuperblock?: boolean;
  readonly salt?: Uint8Array;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface CreateFlags extends PlaceFlags {
  readonly output?: string;
  readonly uuid?: string;
}

export interface ExplainFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface RootFlags extends PlaceFlags {
  readonly table?: boolean;
}

const placeFlags = {
  hashOffset: {
    kind: "parsed",
    brief: "Byte where the superblock stands (behind the data; 0 in a file of hashes)",
    placeholder: "BYTES",
    parse: parseBytes,
    optional: true,
  },
  hashFile: {
    kind: "parsed",
    brief: "The file that the tree stands in, instead of the image",
    placeholder: "FILE",
    parse: String,
    optional: true,
  },
  noSuperblock: flag("The tree has no superblock before it"),
  salt: {
    kind: "parsed",
    brief: "Salt of a tree that is new or has no superblock; - is none (32 zero bytes unless given)",
    placeholder: "HEX",
    parse: parseSalt,
    optional: true,
  },
  json: flag("Print the result as one JSON document"),
  quiet: flag("Print nothing but errors, and JSON if asked for"),
} as const;

const IMAGE = { brief: "An image, raw or in a VHD or VHDX", placeholder: "IMAGE", parse: String };

/** `-` for none, as veritysetup has it. */
function parseSalt(text: string): Uint8Array {
  if (text !== "-" && !/^([\da-f]{2})+$/i.test(text)) throw new Error("is neither pairs of hex digits nor -");
  return text === "-" ? new Uint8Array() : Buffer.from(text, "hex");
}

const CREATE = `Appends a dm-verity superblock and hash tree to IMAGE, or to a copy of it, or makes a file of its own of them.

The same image has the same tree every time: unless others are given, the salt is 32 zero bytes and the UUID is made of
the root hash. If it fails, IMAGE is as it was.

EXAMPLES
    layerkiln verity create image.ext4
    layerkiln verity create image.ext4 -o image.verity.ext4 --salt -
    layerkiln verity create image.ext4 --hash-file image.hashes`;

const create = buildCommand<CreateFlags, [image: string], Context>({
  loader: async () => (await import("./verity-run.ts")).runCreate,
  parameters: {
    positional: { kind: "tuple", parameters: [{ ...IMAGE, brief: "A raw image" }] },
    flags: {
      output: { kind: "parsed", brief: "A copy that gets the tree", placeholder: "OUT", parse: String, optional: true },
      uuid: { kind: "parsed", brief: "UUID of the superblock", placeholder: "UUID", parse: String, optional: true },
      ...placeFlags,
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Make the hash tree of an image", fullDescription: CREATE },
});

const VERIFY = `Holds IMAGE against its hash tree, and the tree against ROOTHASH. Names the first block that is not right.

EXIT CODES
  0 all is as ROOTHASH says, 1 failed, 2 wrong usage, 3 a block is not, 4 not supported here`;

const verify = buildCommand<PlaceFlags, [image: string, rootHash: string], Context>({
  loader: async () => (await import("./verity-run.ts")).runVerify,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [IMAGE, { brief: "Root hash, 64 hex digits", placeholder: "ROOTHASH", parse: String }],
    },
    flags: placeFlags,
    aliases: { q: "quiet" },
  },
  docs: { brief: "Verify an image against a root hash", fullDescription: VERIFY },
});

const ROOT = `Prints the root hash of IMAGE: that of the tree it ends with, unverified, or else, computed, that of the tree it
would have.`;

const root = buildCommand<RootFlags, [image: string], Context>({
  loader: async () => (await import("./verity-run.ts")).runRoot,
  parameters: {
    positional: { kind: "tuple", parameters: [IMAGE] },
    flags: { table: flag("Print the device mapper's table line for the tree instead"), ...placeFlags },
    aliases: { q: "quiet" },
  },
  docs: { brief: "Print the root hash of an image", fullDescription: ROOT },
});

const EXPLAIN = `Says why two images, and so their root hashes, are not the same: the first block that differs, what it is in each of
them, and what in it differs; then how many blocks differ, by what they are, and what is most likely behind it.

A and B are ext4 images, raw or in a VHD or VHDX, with or without hash trees, of any program. Damaged ones are compared too.

EXAMPLES
    layerkiln verity explain mine.vhd theirs.vhd
    layerkiln verity explain a.ext4 b.ext4 --json

EXIT CODES
  0 the same, 1 failed, 2 wrong usage, 3 they differ, 4 a container that is not supported here`;

const explain = buildCommand<ExplainFlags, [a: string, b: string], Context>({
  loader: async () => (await import("./verity-explain-run.ts")).runExplain,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { ...IMAGE, placeholder: "A" },
        { ...IMAGE, placeholder: "B" },
      ],
    },
    flags: {
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { q: "quiet" },
  },
  docs: { brief: "Say why two images differ", fullDescription: EXPLAIN },
});

export const verity = buildRouteMap<"create" | "verify" | "root" | "explain", Context>({
  routes: { create, verify, root, explain },
  docs: { brief: "Make, verify and ask for dm-verity hash trees, and say why two differ" },
});
