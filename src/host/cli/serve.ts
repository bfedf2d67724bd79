/** `layerkiln serve`: what it takes. */
import { buildCommand } from "@stricli/core";
import { LOG_LEVELS, type LogLevel } from "../grpc/log.ts";
import type { SnapshotterName } from "../snapshots/open.ts";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface ServeFlags {
  readonly snapshotter: SnapshotterName;
  readonly root?: string;
  readonly address?: string;
  readonly containerdAddress?: string;
  readonly namespace?: string;
  readonly logLevel: LogLevel;
  readonly printConfig?: boolean;
  readonly configVersion: "2" | "3";
}

const DESCRIPTION = `Serves a snapshotter to containerd, and with ext4 and lcow a differ too, as a proxy plugin.

It runs until SIGTERM or SIGINT (Ctrl+C, Ctrl+Break), answers what was asked by then, and ends. It tells systemd when it
is ready (Type=notify), and logs a line of JSON for what goes wrong. The socket is for its owner alone, a pipe for
administrators too; one root belongs to one server, and to one containerd: its garbage collection removes all snapshots
that it does not know.

UNLESS GIVEN
                        Linux                               Windows
  --root                /var/lib/layerkiln/SNAPSHOTTER      %ProgramData%\\layerkiln\\SNAPSHOTTER
  --address             /run/layerkiln/SNAPSHOTTER.sock     \\\\.\\pipe\\layerkiln-SNAPSHOTTER
  --containerd-address  /run/containerd/containerd.sock     \\\\.\\pipe\\containerd-containerd

EXAMPLES
  layerkiln serve --snapshotter overlay
  layerkiln serve --snapshotter ext4 --root /var/lib/ext4 --address /run/ext4/ext4.sock
  What to add to containerd's configuration:
    layerkiln serve --snapshotter ext4 --print-config

EXIT CODES
  0 it was told to end, 1 failed, 2 wrong usage, 4 this machine lacks a part`;

export const serve = buildCommand<ServeFlags, [], Context>({
  loader: async () => (await import("./serve-run.ts")).runServe,
  parameters: {
    flags: {
      snapshotter: {
        kind: "enum",
        brief: "What keeps the snapshots",
        values: ["overlay", "fuse-overlayfs", "ext4", "lcow", "cimfs"],
      },
      root: text("Where they are kept", "DIR"),
      address: text("The socket or pipe to listen on", "ADDRESS"),
      containerdAddress: text("containerd's own socket or pipe, which layers are read from", "ADDRESS"),
      namespace: text("Whose layers, where containerd does not say (searched for unless given)", "NAME"),
      logLevel: {
        kind: "enum",
        brief: "What is logged",
        values: LOG_LEVELS,
        default: "warn",
      },
      printConfig: flag("Print what containerd's configuration needs, and end"),
      configVersion: {
        kind: "enum",
        brief: "Of that: 2 for containerd 1.6 and 1.7, 3 for containerd 2",
        values: ["2", "3"],
        default: "2",
      },
    },
  },
  docs: { brief: "Serve a snapshotter to containerd", fullDescription: DESCRIPTION },
});

function text(brief: string, placeholder: string) {
  return { kind: "parsed", brief, placeholder, parse: String, optional: true } as const;
}
