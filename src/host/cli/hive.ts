/** `layerkiln hive`: what its commands take. */
import { buildCommand, buildRouteMap } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface HiveMergeFlags {
  readonly output: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface HiveExportFlags {
  readonly json?: boolean;
}

const EXIT_CODES = `EXIT CODES
  0 done, 1 failed or not there, 2 wrong usage, 4 not a hive that is read here, such as one that needs its logs`;

const MERGE = `Writes what Windows shows of the registry hive BASE with DELTA layered over it, as one hive.

A layer of Windows containers has what it changed of the registry in hives named *_DELTA. Keys and values that they delete
are left out, and nothing of layers stays: the result may be the next layer's BASE. Equal hives give equal bytes.

EXAMPLE
    layerkiln hive merge parent/Hives/SOFTWARE_BASE layer/Hives/SOFTWARE_DELTA -o layer/Hives/SOFTWARE_BASE

${EXIT_CODES}`;

const merge = buildCommand<HiveMergeFlags, [base: string, delta: string], Context>({
  loader: async () => (await import("./hive-run.ts")).runHiveMerge,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "A hive", placeholder: "BASE", parse: String },
        { brief: "A hive of changes to it", placeholder: "DELTA", parse: String },
      ],
    },
    flags: {
      output: { kind: "parsed", brief: "Where the merged hive goes", placeholder: "OUT", parse: String },
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Merge a layer's registry hive onto its parent's", fullDescription: MERGE },
});

const EXPORT = `Prints a registry hive, or KEY of it and all below, as text of the form that regedit writes (.reg), in UTF-8.

What a layer deletes stands there as regedit deletes it: [-key], "value"=-. What .reg has no words for stands in comments:
a class, and what else a layer says. JSON has all, with times and security descriptors; data is base64.

EXAMPLES
    layerkiln hive export SOFTWARE 'Microsoft\\Windows NT\\CurrentVersion'
    layerkiln hive export Hives/SOFTWARE_DELTA --json

${EXIT_CODES}`;

const exportCommand = buildCommand<HiveExportFlags, [hive: string, key?: string], Context>({
  loader: async () => (await import("./hive-run.ts")).runHiveExport,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "A registry hive", placeholder: "HIVE", parse: String },
        {
          brief: "Path of a key, with \\ between names; the root unless given",
          placeholder: "KEY",
          parse: String,
          optional: true,
        },
      ],
    },
    flags: { json: flag("Print one JSON document instead: an array of keys") },
  },
  docs: { brief: "Print a registry hive", fullDescription: EXPORT },
});

export const hive = buildRouteMap<"merge" | "export", Context>({
  routes: { merge, export: exportCommand },
  docs: { brief: "Merge and print registry hives" },
});
