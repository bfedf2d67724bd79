/** Snapshots as messages, and back. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Mount } from "../platform.ts";
import type { Info, Kind, Labels, Nanoseconds } from "../snapshots/snapshotter.ts";
import { type Info as InfoMessage, Kind as KindNumber } from "./messages/containerd/services/snapshots/v1/snapshots.ts";
import type { Mount as MountMessage } from "./messages/containerd/types/mount.ts";
import type { Timestamp } from "./messages/google/protobuf/timestamp.ts";

const SECOND = 1_000_000_000n;

const KINDS: readonly [Kind, KindNumber][] = [
  ["view", KindNumber.KIND_VIEW],
  ["active", KindNumber.KIND_ACTIVE],
  ["committed", KindNumber.KIND_COMMITTED],
];

export function toInfoMessage({ name, parent, kind, created, updated, labels }: Info): InfoMessage {
  const [, number] = KINDS.find(([each]) => each === kind)!;
  return {
    name,
    parent,
    kind: number,
    createdAt: toTimestamp(created),
    updatedAt: toTimestamp(updated),
    labels: new Map(labels),
  };
}

/** @throws ImageError  Unsupported: a kind of snapshot that we do not know */
export function fromInfoMessage({ name, parent, kind, createdAt, updatedAt, labels }: InfoMessage): Info {
  const [word] = KINDS.find(([, each]) => each === kind) ?? [];
  if (word === undefined) throw new ImageError(ErrorCode.Unsupported, `snapshot ${name}: is of kind ${kind}`);
  return { name, parent, kind: word, labels, created: fromTimestamp(createdAt), updated: fromTimestamp(updatedAt) };
}

/** Nanoseconds count forward, also before 1970. */
export function toTimestamp(time: Nanoseconds): Timestamp {
  const nanos = ((time % SECOND) + SECOND) % SECOND;
  return { seconds: (time - nanos) / SECOND, nanos: Number(nanos) };
}

/** No timestamp is the first moment of 1970. */
export function fromTimestamp(timestamp: Timestamp | undefined): Nanoseconds {
  return timestamp === undefined ? 0n : timestamp.seconds * SECOND + BigInt(timestamp.nanos);
}

export function toMountMessages(mounts: readonly Mount[]): MountMessage[] {
  return mounts.map(({ type, source, target, options }) => ({ type, source, target, options: [...options] }));
}

export function toLabels(labels: Labels | undefined): Map<string, string> {
  return new Map(labels);
}
