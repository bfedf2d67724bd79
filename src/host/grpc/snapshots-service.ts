/** containerd.services.snapshots.v1.Snapshots: a snapshotter, as containerd calls it. */

import { ErrorCode, ImageError } from "../errors.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { Calls } from "./calls.ts";
import type {
  CleanupRequest,
  CommitSnapshotRequest,
  Info,
  ListSnapshotsRequest,
  ListSnapshotsResponse,
  MountsRequest,
  PrepareSnapshotRequest,
  RemoveSnapshotRequest,
  StatSnapshotRequest,
  UpdateSnapshotRequest,
  UsageRequest,
  ViewSnapshotRequest,
} from "./messages/containerd/services/snapshots/v1/snapshots.ts";
import { toInfoMessage, toMountMessages } from "./snapshot-messages.ts";

/** Snapshots in one message of a list: so it stays far below the 4 MiB that a client takes. */
const BLOCK = 100;

export function snapshotsService(snapshots: Snapshotter, calls: Calls) {
  return {
    prepare: calls.unary("Prepare", async ({ key, parent, labels }: PrepareSnapshotRequest) => ({
      mounts: toMountMessages(await snapshots.prepare(key, parent, { labels })),
    })),

    view: calls.unary("View", async ({ key, parent, labels }: ViewSnapshotRequest) => ({
      mounts: toMountMessages(await snapshots.view(key, parent, { labels })),
    })),

    mounts: calls.unary("Mounts", async ({ key }: MountsRequest) => ({
      mounts: toMountMessages(await snapshots.mounts(key)),
    })),

    commit: calls.unary("Commit", async ({ name, key, labels, parent }: CommitSnapshotRequest) => {
      await snapshots.commit(name, key, { labels, ...(parent !== "" && { parent }) });
      return {};
    }),

    remove: calls.unary("Remove", async ({ key }: RemoveSnapshotRequest) => {
      await snapshots.remove(key);
      return {};
    }),

    stat: calls.unary("Stat", async ({ key }: StatSnapshotRequest) => ({
      info: toInfoMessage(await snapshots.stat(key)),
    })),

    update: calls.unary("Update", async ({ info, updateMask }: UpdateSnapshotRequest) => {
      if (info === undefined) throw new ImageError(ErrorCode.InvalidArgument, "update: no snapshot is named");
      return { info: toInfoMessage(await snapshots.update(info, updateMask)) };
    }),

    list: calls.streaming("List", ({ filters }: ListSnapshotsRequest) => inBlocks(snapshots, filters)),

    usage: calls.unary("Usage", async ({ key }: UsageRequest) => {
      const { size, inodes } = await snapshots.usage(key);
      return { size: BigInt(size), inodes: BigInt(inodes) };
    }),

    cleanup: calls.unary("Cleanup", async (_request: CleanupRequest) => {
      await snapshots.cleanup();
      return {};
    }),
  };
}

async function* inBlocks(snapshots: Snapshotter, filters: string[]): AsyncGenerator<ListSnapshotsResponse> {
  let block: Info[] = [];
  for await (const info of snapshots.walk(filters)) {
    block.push(toInfoMessage(info));
    if (block.length < BLOCK) continue;
    yield { info: block };
    block = [];
  }
  if (block.length > 0) yield { info: block };
}
