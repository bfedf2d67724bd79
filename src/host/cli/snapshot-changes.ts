/** `layerkiln snapshot prepare|view|commit|label|rm|cleanup`: what they take. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import {
  EXIT_CODES,
  KEY,
  LABEL_FLAGS,
  type LabelFlags,
  NAME_OR_KEY,
  PLACE_FLAGS,
  type PlaceFlags,
  word,
} from "./snapshot-flags.ts";

export interface CreateFlags extends PlaceFlags, LabelFlags {}

export interface CommitFlags extends PlaceFlags, LabelFlags {
  readonly parent?: string;
}

const PARENT = { brief: "Name of a committed snapshot", placeholder: "PARENT", parse: String, optional: true } as const;

const PREPARE = `Makes an active snapshot, over PARENT or empty, and prints what to mount to write into it.

EXAMPLES
  layerkiln snapshot prepare --snapshotter overlay work base
  To see it as a directory:
    layerkiln snapshot prepare --snapshotter overlay --json work base |
      jq -r '.[] | "mount -t \\(.type) -o \\(.options | join(",")) \\(.source) /mnt"' | sh

${EXIT_CODES}`;

export const prepare = buildCommand<CreateFlags, [key: string, parent?: string], Context>({
  loader: async () => (await import("./snapshot-changes-run.ts")).runPrepare,
  parameters: {
    positional: { kind: "tuple", parameters: [KEY, PARENT] },
    flags: { ...LABEL_FLAGS, ...PLACE_FLAGS },
    aliases: { l: "label" },
  },
  docs: { brief: "Make a snapshot to write into", fullDescription: PREPARE },
});

const VIEW = `Makes a view of PARENT, or of nothing, and prints what to mount to read it.

EXAMPLES
  layerkiln snapshot view --snapshotter overlay look base

${EXIT_CODES}`;

export const view = buildCommand<CreateFlags, [key: string, parent?: string], Context>({
  loader: async () => (await import("./snapshot-changes-run.ts")).runView,
  parameters: {
    positional: { kind: "tuple", parameters: [KEY, PARENT] },
    flags: { ...LABEL_FLAGS, ...PLACE_FLAGS },
    aliases: { l: "label" },
  },
  docs: { brief: "Make a snapshot to read", fullDescription: VIEW },
});

const COMMIT = `Makes a committed snapshot NAME of the active one KEY, which is no more. Labels of KEY are not inherited.

Unmount it first: what is written later is lost, or changes a layer that others stand on.

EXAMPLES
  layerkiln snapshot commit --snapshotter overlay app work
  A snapshot without a parent gets one:
    layerkiln snapshot commit --snapshotter overlay app work --parent base

${EXIT_CODES}`;

export const commit = buildCommand<CommitFlags, [name: string, key: string], Context>({
  loader: async () => (await import("./snapshot-changes-run.ts")).runCommit,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ brief: "What it will be called", placeholder: "NAME", parse: String }, KEY],
    },
    flags: { parent: word("Over which it will stand, if KEY has no parent", "PARENT"), ...LABEL_FLAGS, ...PLACE_FLAGS },
    aliases: { l: "label" },
  },
  docs: { brief: "Make a layer of an active snapshot", fullDescription: COMMIT },
});

const LABEL = `Sets labels of a snapshot, removes those whose value is empty, leaves all others, and prints what it has then.

EXAMPLES
  layerkiln snapshot label --snapshotter overlay base example.com/owner=me
  layerkiln snapshot label --snapshotter overlay base example.com/owner=

${EXIT_CODES}`;

export const label = buildCommand<PlaceFlags, string[], Context>({
  loader: async () => (await import("./snapshot-changes-run.ts")).runLabel,
  parameters: {
    positional: {
      kind: "array",
      parameter: { brief: "Name or key of a snapshot, then labels", placeholder: "SNAPSHOT KEY=VALUE", parse: String },
      minimum: 1,
    },
    flags: PLACE_FLAGS,
  },
  docs: { brief: "Set and remove labels", fullDescription: LABEL },
});

const RM = `Removes snapshots, one after another. One that is the parent of another cannot go before that one: name it after it.

EXAMPLES
  layerkiln snapshot rm --snapshotter overlay work base

${EXIT_CODES}`;

export const rm = buildCommand<PlaceFlags, string[], Context>({
  loader: async () => (await import("./snapshot-changes-run.ts")).runRm,
  parameters: { positional: { kind: "array", parameter: NAME_OR_KEY, minimum: 1 }, flags: PLACE_FLAGS },
  docs: { brief: "Remove snapshots", fullDescription: RM },
});

const CLEANUP = `Removes from the disk what belongs to no snapshot any more, such as what a crash has left.

EXAMPLES
  layerkiln snapshot cleanup --snapshotter overlay

${EXIT_CODES}`;

export const cleanup = buildCommand<PlaceFlags, [], Context>({
  loader: async () => (await import("./snapshot-changes-run.ts")).runCleanup,
  parameters: { flags: PLACE_FLAGS },
  docs: { brief: "Remove what belongs to no snapshot", fullDescription: CLEANUP },
});
