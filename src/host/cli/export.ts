/** `layerkiln export`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";
import { EXIT_CODES, IMAGE, NO_VERIFY } from "./image-argument.ts";

export interface ExportFlags {
  readonly output?: string;
  readonly path?: string;
  readonly whiteouts: "keep" | "oci";
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly noVerify?: boolean;
}

const DESCRIPTION = `Writes the tree in an image as a tar, which converts back to the same tree.

The tar is in the pax format, and has all that the image says of a file: mode, owner, times to the nanosecond, device
numbers, hard links, extended attributes, POSIX ACLs, holes of 64 KiB and more. Entries come directory by directory,
names in the order of their bytes: of equal images the tar is equal. Sockets are left out, aloud, and so is the empty
lost+found that every image has.

Of a CIM it is a layer of Windows: attributes, security descriptors, all four times, extended attributes, links, junctions,
and alternate streams. What every image of a base layer has besides (Hives, layout) is left out.

EXAMPLES
  To a file, which appears when it is complete:
    layerkiln export layer.ext4 -o layer.tar
  One directory, through a pipe:
    layerkiln export rootfs.vhd --path /etc | tar -tv
  An image's copy, of the same bytes:
    layerkiln export layer.ext4 | layerkiln ext4 - -o copy.ext4
  The layer that an image was made of with --whiteouts overlay:
    layerkiln export layer.ext4 --whiteouts oci -o layer.tar
  The layer that a CIM was made of:
    layerkiln export layer.cim -o layer.tar

${EXIT_CODES}`;

export const exportCommand = buildCommand<ExportFlags, [image: string], Context>({
  loader: async () => (await import("./export-run.ts")).runExport,
  parameters: {
    positional: { kind: "tuple", parameters: [IMAGE] },
    flags: {
      output: {
        kind: "parsed",
        brief: "Where the tar goes; standard output unless given, or -",
        placeholder: "TAR",
        parse: String,
        optional: true,
      },
      path: {
        kind: "parsed",
        brief: "A directory of the image, which becomes the root of the tar",
        placeholder: "DIR",
        parse: String,
        optional: true,
      },
      whiteouts: {
        kind: "enum",
        brief: "What becomes of overlayfs' whiteouts: devices as they are, or .wh.* entries; a CIM has none",
        values: ["keep", "oci"],
        default: "keep",
      },
      json: flag("Print the result as one JSON document, with the digest; needs -o"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
      noVerify: NO_VERIFY,
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Write an image's tree as a tar", fullDescription: DESCRIPTION },
});
