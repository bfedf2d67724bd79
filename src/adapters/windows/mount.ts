/** Mounts of Windows's layers, as the host wants them. docs/decisions/0026 says how they are remembered. */
import { stat } from "node:fs/promises";
import { win32 } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../../host/errors.ts";
import type { Mount, Mounter } from "../../host/platform.ts";
import { unbind } from "./bind-filter.ts";
import { volumeIdOf } from "./cim-volume.ts";
import { assertMountsCims, mountCimFs, unmountCimFs } from "./cimfs-mount.ts";
import { cimFsOptions, windowsLayerOptions } from "./mount-options.ts";
import { containerdRecord, type MountRecord, readRecord, removeRecord, writeRecord } from "./mount-record.ts";
import { type Undo, undoing } from "./undo.ts";
import { mountWindowsLayer, unmountWindowsLayer } from "./windows-layer.ts";

type Steps = (undo: Undo) => Promise<void>;

export const mounter: Mounter = {
  async mount(mount, target) {
    const place = placeOf(target);
    const [record, steps] = planned(mount, place);
    await assertDirectory(place);
    await undoing(`mount ${mount.type} ${mount.source} on ${place}`, async (undo) => {
      await writeRecord(place, record);
      undo.by((failures) => failures.length > 0 || removeRecord(place)); // else nobody could go on by unmounting
      await steps(undo);
    });
  },

  async unmount(target, lazily = false) {
    if (lazily)
      throw new ImageError(ErrorCode.Unsupported, `unmount ${target}: Windows takes it off now or not at all`);
    const place = placeOf(target);
    const theirs = await containerdRecord(place);
    const wasBound = await unbind(place);
    let record = await readRecord(place);
    if (record === undefined && wasBound && theirs !== undefined) {
      record = theirs; // what names it cannot be seen any more: should this fail, the next attempt finds it here
      await writeRecord(place, record);
    }
    if (record === undefined) return wasBound;
    await (record.type === "CimFS" ? unmountCimFs(record) : unmountWindowsLayer(record));
    removeRecord(place);
    return true;
  },
};

/** What is written down, and what is done. Nothing is done that cannot be. */
function planned(mount: Mount, place: string): [MountRecord, Steps] {
  const { type, source } = mount;
  if (type === "windows-layer") {
    const options = windowsLayerOptions(mount);
    return [{ type, layer: options.directory }, (undo) => mountWindowsLayer(place, options, undo)];
  }
  if (type === "CimFS") {
    const options = cimFsOptions(mount);
    assertMountsCims();
    const record = {
      type,
      layer: options.parents.length > 0 ? options.directory : "",
      volume: volumeOf(place),
    } as const;
    return [record, (undo) => mountCimFs(record, place, options, undo)];
  }
  throw new ImageError(
    ErrorCode.Unsupported,
    `mount ${type} ${source}: ${WHY_NOT[type] ?? "Windows mounts no such type"}`,
  );
}

const WHY_NOT: Record<string, string> = {
  "lcow-layer": "is for a Linux in a virtual machine, which its runtime mounts it in",
  ext4: "Windows knows no ext4; layerkiln attach makes a disk of a VHD, which WSL can mount",
  BlockCIM: "is for containers, which their runtime mounts it for",
};

/** A stream of a file that is not there would make it. */
async function assertDirectory(place: string): Promise<void> {
  const stats = await stat(place).catch((error) => {
    throw toImageError(place, error);
  });
  if (!stats.isDirectory()) throw new ImageError(ErrorCode.InvalidArgument, `${place}: is not a directory`);
}

/** One volume for each place. Names of files differ by more than case. */
const volumeOf = (place: string): string => volumeIdOf(place.toLowerCase());

/** Without a backslash at its end, as a stream's name is to follow. */
function placeOf(target: string): string {
  const place = win32.resolve(target);
  const wrong = target.includes("\0")
    ? "has a zero in it"
    : win32.dirname(place) === place
      ? "is a whole volume"
      : undefined;
  if (wrong === undefined) return place;
  throw new ImageError(ErrorCode.InvalidArgument, `${JSON.stringify(target)}: ${wrong}`);
}
