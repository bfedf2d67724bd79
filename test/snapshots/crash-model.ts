/** What a snapshotter should have, after operations that were done one after another. */
import { join } from "node:path";
import type { Mount } from "../../src/host/platform.ts";
import type { Kind } from "../../src/host/snapshots/snapshotter.ts";

export type Operation =
  | { call: "prepare" | "view"; key: string; parent: string }
  | { call: "write"; key: string }
  | { call: "commit"; key: string; name: string }
  | { call: "remove"; key: string };

export interface Expected {
  kind: Kind;
  parent: string;
  /** Of the one file in its own directory, where there is one. */
  content?: string;
}

/** By name. */
export type Model = Map<string, Expected>;

export function afterAll(model: Model, operations: readonly Operation[]): Model {
  const after: Model = new Map(model);
  for (const operation of operations) apply(after, operation);
  return after;
}

function apply(model: Model, operation: Operation): void {
  const { call, key } = operation;
  if (call === "prepare") model.set(key, { kind: "active", parent: operation.parent });
  else if (call === "view") model.set(key, { kind: "view", parent: operation.parent });
  else if (call === "write") model.set(key, { ...model.get(key)!, content: key });
  else {
    const was = model.get(key)!;
    model.delete(key);
    if (call === "commit") model.set(operation.name, { ...was, kind: "committed" });
  }
}

/** Where the content of an active snapshot stands. */
export function fileOf(mounts: readonly Mount[]): string {
  const upper = mounts[0]!.options.find((option) => option.startsWith("upperdir="));
  return join(upper?.slice("upperdir=".length) ?? mounts[0]!.source, "content");
}
