/** `layerkiln cim`: what it takes. What it does is loaded when it is asked for. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface CimFlags {
  readonly output: string;
  readonly name: string;
  readonly parent?: readonly string[];
  readonly fork?: boolean;
  readonly guid?: string;
  readonly formatVersion?: "2.0" | "1.0";
  readonly writer: "layerkiln" | "cimfs";
  readonly layerDirectory?: string;
  readonly requireHives?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Makes a CIM, a composite image, from a layer of a Windows container.

LAYER is a tar, plain or compressed with gzip, zlib or zstd; - is standard input.
A CIM is several files: NAME.cim, and regions and object ids that are called by a GUID. NAME.cim appears when all of them
are complete. None of them replaces a file that is there.

With --parent the CIM shows the layers below too: it holds what they hold, and refers to nothing. With --fork it refers to
its parent's files, which must stand in the same directory, and stay there.

Registry hives of a base layer, and what a layer changes in them, are made into what Windows expects: see
docs/formats/windows-layer.md. No CIM made here has been mounted by Windows yet: see docs/formats/cim.md.

On Windows, --writer cimfs has Windows's own cimfs.dll write the same tree. layerkiln diff A.cim B.cim tells whether what two
writers made is equal, check whether it is sound, and export what is in it. "layerkiln doctor" says what Windows has of it.

EXAMPLES
  A base layer:
    layerkiln cim base.tar.gz -o cims --name base
  A layer on top of it:
    layerkiln cim layer.tar.gz -o cims --name app --parent cims/base.cim
  The same, without a copy of what the base has:
    layerkiln cim layer.tar.gz -o cims --name app --parent cims/base.cim --fork
  By Windows itself, to be compared:
    layerkiln cim base.tar.gz -o cims --name windows --writer cimfs
    layerkiln diff cims/base.cim cims/windows.cim
  What is in it:
    layerkiln ls -l cims/app.cim /Files

EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 not supported here`;

export const cim = buildCommand<CimFlags, [layer: string], Context>({
  loader: async () => (await import("./cim-run.ts")).runCim,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A layer's tar, or - for standard input", placeholder: "LAYER", parse: String }],
    },
    flags: {
      output: { kind: "parsed", brief: "The directory that its files go to", placeholder: "DIR", parse: String },
      name: { kind: "parsed", brief: "What the CIM is called there: NAME.cim", placeholder: "NAME", parse: String },
      parent: {
        kind: "parsed",
        brief: "The CIM of a layer below; the nearest first",
        placeholder: "CIM",
        parse: String,
        variadic: true,
        optional: true,
      },
      fork: flag("Refer to the parent's files instead of holding what they hold"),
      guid: {
        kind: "parsed",
        brief: "The GUID in names of files (made of content and name unless given)",
        placeholder: "GUID",
        parse: String,
        optional: true,
      },
      formatVersion: {
        kind: "enum",
        brief: "Version of the format (2.0 unless given); 1.0 is that of Windows 10",
        values: ["2.0", "1.0"],
        optional: true,
      },
      writer: {
        kind: "enum",
        brief: "What writes it: layerkiln, or cimfs, a part of Windows",
        values: ["layerkiln", "cimfs"],
        default: "layerkiln",
      },
      layerDirectory: {
        kind: "parsed",
        brief: "A directory that hives are put into as files too, as Windows's own tools do",
        placeholder: "DIR",
        parse: String,
        optional: true,
      },
      requireHives: flag("Refuse a base layer without the hives that Windows needs"),
      json: flag("Print the result as one JSON document, with digests"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Make a CIM from a layer of Windows", fullDescription: DESCRIPTION },
});
