/** The ext4 snapshotter keeps the rules of all, with real mounts. */
import { suite } from "uvu";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import { unmountUnder } from "../fixtures/mounted-under.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { present } from "../oracles/oracle.ts";
import { overlayMounts } from "../oracles/overlay-mounts.ts";
import { snapshotterSuite } from "../suites/snapshotter.ts";

const linux = thisPlatform();
const mounting = suite("snapshotters: mounts of images");

if (present(overlayMounts, mounting)) {
  let root = "";
  snapshotterSuite("ext4", {
    open: () => {
      root = scratchFolder();
      return openSnapshotter("ext4", root, linux!);
    },
    mounter: await linux!.mounter!(),
    end: async () => unmountUnder(root), // layers stay mounted, for containers go on
  });
}

mounting.run();
