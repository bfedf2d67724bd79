/** fuse-overlayfs: an overlay that a program of the user's keeps. Source: fuse-overlayfs(1). */
import { spawn } from "node:child_process";
import { readdir, readFile, realpath } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ErrorCode, ImageError, toImageError } from "../../host/errors.ts";
import { MNT_DETACH, UMOUNT_NOFOLLOW, umount2 } from "./libc.ts";
import { readMountInfo } from "./mount-info.ts";
import { splitLayers, unescapePath } from "./overlay-paths.ts";
import { onThread } from "./system-call.ts";

const PROGRAM = "fuse-overlayfs";
/** What Linux calls what it mounts. */
export const MOUNTED_TYPE = "fuse.fuse-overlayfs";
const TYPES = [PROGRAM, MOUNTED_TYPE, "fuse3.fuse-overlayfs"];

/** It reads no layer before it is up, and writes nothing once it is gone: both take milliseconds, or there is a fault. */
const PATIENCE_MILLISECONDS = 30_000;
const GLANCE_MILLISECONDS = 5;
const MAX_WORDS = 4096;

export const isFuseOverlayfs = (type: string): boolean => TYPES.includes(type);

/**
 * Starts the program, which stays behind on its own, and waits until the mount is up.
 *
 * @throws ImageError  Unavailable: there is no such program; FailedPrecondition: what it says itself
 */
export async function mountFuseOverlayfs(target: string, options: readonly string[], subject: string): Promise<void> {
  const place = await realpath(target).catch((error) => Promise.reject(toImageError(target, error)));
  const before = await countMounts(place);
  const data = options.map((option) => toFuse(option, subject)).join(",");
  const { status, words } = await runToEnd([...(data === "" ? [] : ["-o", data]), place], subject);
  const isUp = (await countMounts(place)) > before;
  if (status === 0 && isUp) return;
  if (isUp) await onThread(umount2, place, MNT_DETACH | UMOUNT_NOFOLLOW);
  throw new ImageError(
    ErrorCode.FailedPrecondition,
    `${subject}: ${PROGRAM} ended with ${status}: ${oneLine(words) || "it said nothing"}`,
  );
}

/** It says of every option that it does not know that it ignores it, and is no worse for it. */
const oneLine = (words: string): string =>
  words
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("unknown argument ignored"))
    .join("; ");

/**
 * An option in libfuse's own escapes. Those of overlayfs are taken from directories first, as the program knows none.
 *
 * @throws ImageError  InvalidArgument: a layer with a colon, for which it has no way to say so
 */
function toFuse(option: string, subject: string): string {
  const [, key, value] = /^(lowerdir|upperdir|workdir)=(.*)$/s.exec(option) ?? [];
  if (key === undefined) return escapeForFuse(option);
  const paths = key === "lowerdir" ? splitLayers(value!) : [unescapePath(value!)];
  const wrong = key === "lowerdir" && paths.find((path) => path.includes(":"));
  if (wrong)
    throw new ImageError(ErrorCode.InvalidArgument, `${subject}: ${wrong}: ${PROGRAM} takes no layer with a colon`);
  return `${key}=${escapeForFuse(paths.join(":"))}`;
}

const escapeForFuse = (text: string): string => text.replace(/[\\,]/g, "\\$&");

const countMounts = async (place: string): Promise<number> =>
  (await readMountInfo()).filter(({ type, target }) => type === MOUNTED_TYPE && target === place).length;

/** It leaves the foreground once it has mounted: its end is the sign. */
async function runToEnd(words: string[], subject: string): Promise<{ status: number | string; words: string }> {
  return new Promise((resolve, reject) => {
    const program = spawn(PROGRAM, words, {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true, // a signal from the terminal is not for what stays behind
      timeout: PATIENCE_MILLISECONDS,
      killSignal: "SIGKILL",
    });
    let said = "";
    program.stderr.on("data", (text) => {
      said = (said + text).slice(-MAX_WORDS);
    });
    program.on("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "ENOENT"
          ? new ImageError(
              ErrorCode.Unavailable,
              `${subject}: ${PROGRAM} is not installed (Debian: apt-get install ${PROGRAM})`,
              error,
            )
          : toImageError(subject, error),
      );
    });
    program.on("close", (status, signal) => resolve({ status: status ?? signal!, words: said }));
  });
}

/** Processes that keep a mount on `target`. */
export async function keepersOf(target: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const keeps = await Promise.all(
    pids.map(async (pid) => {
      // One that has just ended has none.
      const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0").slice(0, -1);
      return basename(words[0] ?? "") === PROGRAM && words.includes(target);
    }),
  );
  return pids.filter((_, index) => keeps[index]).map(Number);
}

/**
 * Until they are gone they hold the layers, which cannot be unmounted before.
 *
 * @throws ImageError  FailedPrecondition: one does not end
 */
export async function waitForEnd(pids: readonly number[], subject: string): Promise<void> {
  const end = Date.now() + PATIENCE_MILLISECONDS;
  for (const pid of pids) {
    while (await isAlive(pid)) {
      if (Date.now() > end) {
        throw new ImageError(
          ErrorCode.FailedPrecondition,
          `${subject}: ${PROGRAM} (process ${pid}) has not ended after ${PATIENCE_MILLISECONDS / 1000} s`,
        );
      }
      await sleep(GLANCE_MILLISECONDS);
    }
  }
}

/** One that waits only for its parent to take notice has closed all its files. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/\) [ZX]/.test(stat);
}
