/** A snapshotter behind our server keeps the rules of all snapshotters as it does without one. */
import { suite } from "uvu";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { RemoteSnapshotter } from "../../src/host/grpc/remote-snapshotter.ts";
import { SnapshotServer } from "../../src/host/grpc/server.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import type { Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { freshAddress } from "../fixtures/address.ts";
import { keptLog } from "../fixtures/log.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { present } from "../oracles/oracle.ts";
import { overlayMounts } from "../oracles/overlay-mounts.ts";
import { snapshotterSuite } from "../suites/snapshotter.ts";

const linux = thisPlatform()!;
const serving = suite("snapshotters behind a server: mounts");

if (present(overlayMounts, serving)) {
  snapshotterSuite("overlay, behind a server", { open: served, mounter: await linux.mounter!() });
}

serving.run();

/** Closes the server too, and what it serves. */
async function served(): Promise<Snapshotter> {
  const snapshots = await openSnapshotter("overlay", scratchFolder(), linux);
  const address = freshAddress();
  const server = await SnapshotServer.start({ address, snapshots, log: keptLog() });
  const remote = await RemoteSnapshotter.open(address);
  const close = remote.close.bind(remote);
  remote.close = async () => {
    await close();
    await server.stop(5000);
    await snapshots.close();
  };
  return remote;
}
