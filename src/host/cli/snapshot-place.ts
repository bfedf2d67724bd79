/** Opens what keeps the snapshots that a command works on. */
import { ErrorCode, ImageError, isError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { servicePlacesOf } from "../service-places.ts";
import { openSnapshotter, type SnapshotterName } from "../snapshots/open.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import { UsageError } from "./exit.ts";
import { stderr } from "./output.ts";
import type { PlaceFlags } from "./snapshot-flags.ts";

/** Whether a command only looks: then another process may own the snapshots. */
export type Access = "look" | "change";

/** Does `work` on the snapshots that the flags name, and lets go of them. */
export async function withSnapshots<T>(
  flags: PlaceFlags,
  access: Access,
  platform: Platform | undefined,
  work: (snapshots: Snapshotter) => Promise<T>,
): Promise<T> {
  const snapshots = await (flags.address === undefined
    ? openRoot(flags, access, platform)
    : openSocket(flags, flags.address));
  try {
    return await work(snapshots);
  } finally {
    await snapshots.close();
  }
}

async function openSocket({ snapshotter, root, namespace }: PlaceFlags, address: string): Promise<Snapshotter> {
  if (root !== undefined) throw new UsageError("--root and --address: snapshots are in one of both");
  const { absoluteAddress } = await import("../grpc/address.ts");
  const { RemoteSnapshotter } = await import("../grpc/remote-snapshotter.ts"); // who has a root need not wait for it
  return RemoteSnapshotter.open(absoluteAddress(address), {
    ...(snapshotter !== undefined && { snapshotter }),
    ...(namespace !== undefined && { namespace }),
  });
}

async function openRoot(
  { snapshotter, root, namespace }: PlaceFlags,
  access: Access,
  platform: Platform | undefined,
): Promise<Snapshotter> {
  if (snapshotter === undefined) throw new UsageError("--snapshotter or --address is missing");
  if (namespace !== undefined) throw new UsageError("--namespace: only servers have them; --address is missing");
  if (platform === undefined) throw new ImageError(ErrorCode.Unavailable, "snapshot: this system has no snapshotter");
  const place = root ?? servicePlacesOf(platform).root(snapshotter);
  try {
    return await openSnapshotter(snapshotter as SnapshotterName, place, platform, {
      readOnly: access === "look",
      unchecked: true, // we mount nothing
      warn: ({ message }) => stderr.write(`layerkiln: ${message}\n`),
    });
  } catch (error) {
    if (!isError(error, ErrorCode.FailedPrecondition)) throw error;
    throw new ImageError(
      error.code,
      `${error.message}; to go through a server, give its socket: --address SOCKET`,
      error,
    );
  }
}
