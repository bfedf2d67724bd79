/** `layerkiln snapshot`: its commands. */
import { buildRouteMap } from "@stricli/core";
import type { Context } from "./context.ts";
import { cleanup, commit, label, prepare, rm, view } from "./snapshot-changes.ts";
import { ls, mounts, stat, usage } from "./snapshot-looks.ts";

const DESCRIPTION = `Works on the snapshots that a snapshotter keeps in a directory, or that a server keeps behind a socket.

On a terminal there are tables, elsewhere and with --json one JSON document. Commands that only look work while a server
owns the directory; those that change something go through it then, by --address.

EXAMPLES
  layerkiln snapshot prepare --snapshotter overlay --root /srv/snapshots extract-1
  layerkiln snapshot commit --snapshotter overlay --root /srv/snapshots base extract-1
  layerkiln snapshot ls --snapshotter overlay
  layerkiln snapshot rm --address /run/layerkiln/overlay.sock base
  layerkiln snapshot ls --address \\\\.\\pipe\\layerkiln-lcow
  containerd's own: layerkiln snapshot ls --address /run/containerd/containerd.sock --snapshotter overlayfs --namespace k8s.io`;

type Route = "prepare" | "view" | "commit" | "mounts" | "stat" | "ls" | "usage" | "label" | "rm" | "cleanup";

export const snapshot = buildRouteMap<Route, Context>({
  routes: { prepare, view, commit, mounts, stat, ls, usage, label, rm, cleanup },
  docs: { brief: "Make, list and remove snapshots", fullDescription: DESCRIPTION },
});
