/** What this Linux can do of what we ask of it. Nothing is tried out: a mount is no look. */
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { delimiter, join } from "node:path";
import type { Ability } from "../../host/platform.ts";

/** capabilities(7) */
const CAP_SYS_ADMIN = 21;

/** Of fsopen(2) and move_mount(2), and of mount_setattr(2): `needs Linux …` in system-call.ts. */
const OLDEST_KERNEL = [5, 12] as const;

export function linuxAbilities(): Ability[] {
  return [mountCalls(), mountRights(), filesystem("overlay"), filesystem("ext4"), fuseOverlayfs(), loopDevices()];
}

function mountCalls(): Ability {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  const [oldest, least] = OLDEST_KERNEL;
  return {
    name: "mount-calls",
    isThere: major > oldest || (major === oldest && minor >= least),
    found: `Linux ${release()}`,
    advice: `mounts need Linux ${oldest}.${least} or newer`,
  };
}

function mountRights(): Ability {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(textOf("/proc/self/status"))?.[1] ?? "0"}`);
  const isThere = ((effective >> BigInt(CAP_SYS_ADMIN)) & 1n) === 1n;
  const found = `user ${process.getuid!()}, ${isThere ? "with" : "without"} CAP_SYS_ADMIN`;
  return { name: "mount-rights", isThere, found, advice: "mounts and loop devices need root, or sudo" };
}

/** One that is a module is there once it is loaded, which the first mount of root's does by itself where it can be found. */
function filesystem(name: string): Ability {
  const isLoaded = textOf("/proc/filesystems")
    .split("\n")
    .some((line) => line.split("\t")[1] === name);
  const folder = join("/lib/modules", release());
  const isInstalled = [textOf(join(folder, "modules.dep")), textOf(join(folder, "modules.builtin"))].some((list) =>
    new RegExp(`/${name}\\.ko`, "m").test(list),
  );
  const found = isLoaded ? "the kernel has it" : isInstalled ? "a module, not loaded yet" : "the kernel has it not";
  return {
    name,
    isThere: isLoaded || isInstalled,
    found,
    advice: `modprobe ${name}, on the machine that the kernel is of`,
  };
}

function fuseOverlayfs(): Ability {
  const program = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "fuse-overlayfs"))
    .find(existsSync);
  const hasDevice = mayUse("/dev/fuse");
  return {
    name: "fuse-overlayfs",
    isThere: program !== undefined && hasDevice,
    found: [program ?? "the program is not installed", hasDevice ? "/dev/fuse" : "/dev/fuse may not be used"].join(
      ", ",
    ),
    advice: "apt-get install fuse-overlayfs; modprobe fuse",
  };
}

function loopDevices(): Ability {
  const control = "/dev/loop-control";
  const isThere = mayUse(control);
  const found = isThere ? control : existsSync(control) ? `${control} is root's` : `${control} is not there`;
  return { name: "loop", isThere, found, advice: "mounts of images need loop devices: modprobe loop, and root" };
}

function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
