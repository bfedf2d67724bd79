/** What the commands on snapshots take alike. */
import { flag } from "./flag.ts";

/** Where the snapshots are. */
export interface PlaceFlags {
  readonly snapshotter?: string;
  readonly root?: string;
  readonly address?: string;
  readonly namespace?: string;
  readonly json?: boolean;
}

export const PLACE_FLAGS = {
  snapshotter: word("What keeps the snapshots: overlay, fuse-overlayfs, ext4, lcow, cimfs; or a server's", "NAME"),
  root: word("Where they are kept (as of `serve` unless given)", "DIR"),
  address: word("Instead, the socket or pipe of a server that keeps them", "SOCKET"),
  namespace: word("Of containerd's own server, whose snapshots", "NAME"),
  json: flag("Print one JSON document, as is done where there is no terminal"),
} as const;

export interface LabelFlags {
  readonly label?: readonly [key: string, value: string][];
}

export const LABEL_FLAGS = {
  label: {
    kind: "parsed",
    brief: "A label of the new snapshot; may be given more than once",
    placeholder: "KEY=VALUE",
    parse: parseLabel,
    optional: true,
    variadic: true,
  },
} as const;

export const KEY = { brief: "What an active snapshot or a view is called", placeholder: "KEY", parse: String };

export const NAME_OR_KEY = { brief: "Name or key of a snapshot", placeholder: "SNAPSHOT", parse: String };

export const EXIT_CODES = `EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 this machine lacks a part`;

export function parseLabel(text: string): [key: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Error("is not KEY=VALUE");
  return [text.slice(0, at), text.slice(at + 1)];
}

export function word(brief: string, placeholder: string) {
  return { kind: "parsed", brief, placeholder, parse: String, optional: true } as const;
}
