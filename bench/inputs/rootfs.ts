/** A small Debian, as the base layer of many an image is; or, where none can be made, files of this machine. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { isInstalled, runCommand } from "../command.ts";
import { say } from "../say.ts";
import type { Made, Recipe } from "./input.ts";
import { writeStandIn } from "./stand-in.ts";

const SUITE = "bookworm";

export const rootfs: Recipe = {
  name: "rootfs",
  room: { tar: 300e6, gzip: 120e6, image: 320e6 },

  async make(path, cache): Promise<Made> {
    const cached = join(cache, `${SUITE}-minbase.tar`);
    if (!existsSync(cached)) await bootstrap(cached, cache);
    if (!existsSync(cached)) return writeStandIn(path);
    await copyFile(cached, path);
    return { description: `Debian ${SUITE}, minbase`, entries: countEntries(path) };
  },
};

/** Makes the tar `cached`, or explains why not. */
async function bootstrap(cached: string, cache: string): Promise<void> {
  if (process.getuid?.() !== 0 || !isInstalled("debootstrap")) {
    say("rootfs: needs root and debootstrap (Debian package debootstrap); taking files of /usr instead");
    return;
  }
  say(`rootfs: debootstrap of ${SUITE}; kept in ${cache} for later runs`);
  mkdirSync(cache, { recursive: true });
  const root = join(cache, "root");
  const partial = `${cached}.partial`;
  rmSync(root, { recursive: true, force: true }); // of a run that was interrupted
  try {
    // What it mounts below `root` goes with the namespace, before we remove `root`.
    await runCommand(["unshare", "--mount", "debootstrap", "--variant=minbase", SUITE, root]);
    const packages = "--exclude=./var/cache/apt/archives/*.deb"; // as `apt-get clean` leaves it
    await runCommand(["tar", "--sort=name", "--numeric-owner", packages, "-C", root, "-cf", partial, "."]);
    renameSync(partial, cached);
  } catch (error) {
    say(`rootfs: ${(error as Error).message}\nrootfs: taking files of /usr instead`);
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(partial, { force: true });
  }
}

function countEntries(tar: string): number {
  const names = execFileSync("tar", ["-tf", tar], { maxBuffer: 64 * 1024 * 1024 });
  return names.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
}
