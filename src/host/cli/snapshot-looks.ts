/** `layerkiln snapshot ls|stat|mounts|usage`: what they take. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { EXIT_CODES, KEY, NAME_OR_KEY, PLACE_FLAGS, type PlaceFlags } from "./snapshot-flags.ts";

const LS = `Lists snapshots by name. Filters are containerd's: fields kind, name, parent, labels.KEY; operators ==, !=, ~= (a regular
expression); a comma is "and", several filters are "or".

EXAMPLES
  layerkiln snapshot ls --snapshotter overlay
  Active ones and views:
    layerkiln snapshot ls --snapshotter overlay kind==active kind==view
  Layers with a label, by name:
    layerkiln snapshot ls --snapshotter overlay 'kind==committed,labels."containerd.io/gc.root"'

${EXIT_CODES}`;

export const ls = buildCommand<PlaceFlags, string[], Context>({
  loader: async () => (await import("./snapshot-looks-run.ts")).runLs,
  parameters: {
    positional: {
      kind: "array",
      parameter: { brief: "Which ones; all unless given", placeholder: "FILTER", parse: String },
    },
    flags: PLACE_FLAGS,
  },
  docs: { brief: "List snapshots", fullDescription: LS },
});

const STAT = `Prints what is known of a snapshot: kind, parent, times (UTC), labels.

EXAMPLES
  layerkiln snapshot stat --snapshotter overlay base

${EXIT_CODES}`;

export const stat = buildCommand<PlaceFlags, [name: string], Context>({
  loader: async () => (await import("./snapshot-looks-run.ts")).runStat,
  parameters: { positional: { kind: "tuple", parameters: [NAME_OR_KEY] }, flags: PLACE_FLAGS },
  docs: { brief: "Print what is known of a snapshot", fullDescription: STAT },
});

const MOUNTS = `Prints what to mount to see an active snapshot or a view as a directory, first mount first.

EXAMPLES
  layerkiln snapshot mounts --snapshotter overlay work

${EXIT_CODES}`;

export const mounts = buildCommand<PlaceFlags, [key: string], Context>({
  loader: async () => (await import("./snapshot-looks-run.ts")).runMounts,
  parameters: { positional: { kind: "tuple", parameters: [KEY] }, flags: PLACE_FLAGS },
  docs: { brief: "Print what to mount", fullDescription: MOUNTS },
});

const USAGE = `Prints what snapshots take on the disk, each without its parents: bytes, and files.

EXAMPLES
  All of them:
    layerkiln snapshot usage --snapshotter overlay
  Two:
    layerkiln snapshot usage --snapshotter overlay base work

${EXIT_CODES}`;

export const usage = buildCommand<PlaceFlags, string[], Context>({
  loader: async () => (await import("./snapshot-looks-run.ts")).runUsage,
  parameters: {
    positional: { kind: "array", parameter: { ...NAME_OR_KEY, brief: "Which ones; all unless given" } },
    flags: PLACE_FLAGS,
  },
  docs: { brief: "Print what snapshots take on the disk", fullDescription: USAGE },
});
