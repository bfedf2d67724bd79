/** `layerkiln serve`: what it does. */
import { once } from "node:events";
import { resolve } from "node:path";
import { hasDiffer, openDiffer } from "../diff/open.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { absoluteAddress } from "../grpc/address.ts";
import { containerdConfig } from "../grpc/containerd-config.ts";
import { type Log, openLog } from "../grpc/log.ts";
import { SnapshotServer } from "../grpc/server.ts";
import { tellServiceManager } from "../grpc/service-manager.ts";
import type { Platform, ServicePlaces } from "../platform.ts";
import { servicePlacesOf } from "../service-places.ts";
import { openSnapshotter } from "../snapshots/open.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import type { Context } from "./context.ts";
import { untilInterrupted } from "./exit.ts";
import { stdout } from "./output.ts";
import type { ServeFlags } from "./serve.ts";

/** What calls have to come to their end, once the server is told to end. systemd waits 90 s, by default. */
const DRAIN_MILLISECONDS = 30_000;

export async function runServe(this: Context, flags: ServeFlags): Promise<void> {
  const { snapshotter } = flags;
  const places = servicePlacesOf(this.platform);
  const address = absoluteAddress(flags.address ?? places.address(snapshotter));
  const root = resolve(flags.root ?? places.root(snapshotter));
  if (flags.printConfig) {
    stdout.write(configOf(flags, address, root, places));
    return;
  }
  if (this.platform === undefined) {
    throw new ImageError(ErrorCode.Unavailable, "serve: this system can mount nothing that containerd takes");
  }
  const log = await openLog(flags.logLevel);
  const warn = (failure: ImageError) => log.warn({ err: failure }, failure.message);
  const snapshots = await openSnapshotter(snapshotter, root, this.platform, { warn });
  try {
    await serve(flags, address, snapshots, this.platform, log);
  } finally {
    await snapshots.close();
  }
}

async function serve(
  { snapshotter, containerdAddress, namespace }: ServeFlags,
  address: string,
  snapshots: Snapshotter,
  platform: Platform,
  log: Log,
): Promise<void> {
  const open = await openDiffer(snapshotter, platform);
  const containerd = absoluteAddress(containerdAddress ?? servicePlacesOf(platform).containerdAddress);
  const diff = open && { open, containerdAddress: containerd, ...(namespace !== undefined && { namespace }) };
  // Around all of it: who sees that it listens may tell it to end at once.
  const server = await untilInterrupted(async (signal) => {
    const started = await SnapshotServer.start({ address, snapshots, log, ...(diff && { diff }) });
    log.info({ address, snapshotter }, "ready");
    await tellServiceManager("READY=1", platform, log);
    if (!signal.aborted) await once(signal, "abort");
    return started;
  });

  await tellServiceManager("STOPPING=1", platform, log);
  if (await server.stop(DRAIN_MILLISECONDS)) return;
  log.warn({ milliseconds: DRAIN_MILLISECONDS }, "calls were still running, and were cut off");
  // They have been told; one that does not listen must not hold the process.
  setTimeout(() => process.exit(1), DRAIN_MILLISECONDS).unref();
}

function configOf(
  { snapshotter, configVersion }: ServeFlags,
  address: string,
  root: string,
  { containerdConfig: file }: ServicePlaces,
): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const isForWindows = snapshotter === "lcow" || snapshotter === "cimfs";
  return containerdConfig({
    file,
    version: configVersion === "3" ? 3 : 2,
    name: `layerkiln-${snapshotter}`,
    address,
    root,
    hasDiffer: hasDiffer(snapshotter),
    platform: `${snapshotter === "cimfs" ? "windows" : "linux"}/${architecture}`,
    builtIn: isForWindows
      ? { snapshotter: "windows", platform: `windows/${architecture}`, differs: ["windows", "windows-lcow"] }
      : { snapshotter: "overlayfs", platform: `linux/${architecture}`, differs: ["walking"] },
  });
}
