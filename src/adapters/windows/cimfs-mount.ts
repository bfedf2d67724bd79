/**
 * Mounts of type "CimFS": the nearest layer's CIM, which shows all layers below it too, and laid over it a scratch disk. A CIM
 * without parents is seen alone.
 *
 * Source: hcsshim, internal/layers/wcow_mount.go, which does so for containers.
 */
import { existsSync } from "node:fs";
import { win32 } from "node:path";
import { bind } from "./bind-filter.ts";
import { assertCan } from "./cim-gates.ts";
import { volumePath } from "./cim-volume.ts";
import { CimDismountImage, CimMountImage } from "./cimfs-dll.ts";
import { HcsAttachOverlayFilter, HcsDetachOverlayFilter } from "./computestorage-dll.ts";
import { guidBytes } from "./guid.ts";
import { activateLayer, activePath, deactivateLayer, layerMountPath } from "./layer-calls.ts";
import { unionLayerData } from "./layer-data.ts";
import type { CimFsOptions } from "./mount-options.ts";
import type { CimRecord } from "./mount-record.ts";
import type { Undo } from "./undo.ts";
import { assertHresult } from "./windows-error.ts";

/** Files that were just written are seen as they are: with the flags that cache, hcsshim found old contents. */
const MOUNT_FLAGS = 0;

/** @param record  what has been written down */
export async function mountCimFs(
  { layer, volume }: CimRecord,
  target: string,
  { cim, readOnly }: CimFsOptions,
  undo: Undo,
): Promise<void> {
  await mountCim(cim, volume);
  undo.by(() => dismountCim(volume));
  const files = `${volumePath(volume)}Files`; // a container's; beside them a CIM has what Windows keeps of a layer
  if (layer === "") return bind(target, existsSync(files) ? files : volumePath(volume), readOnly);
  await activateLayer(layer);
  undo.by(() => deactivateLayer(layer));
  const scratch = await activePath(layer);
  await attachOverlayFilter(scratch, unionLayerData([{ id: volume, path: files }]));
  undo.by(() => detachOverlayFilter(scratch));
  await bind(target, scratch, readOnly);
}

/** As `mountCimFs`, the other way; what it had bound is unbound already, and it may have come to any step. */
export async function unmountCimFs({ layer, volume }: CimRecord): Promise<void> {
  if (layer !== "") {
    const scratch = await layerMountPath(layer);
    if (scratch?.startsWith("\\\\?\\")) await detachOverlayFilter(scratch); // else its directory: it is not active
    await deactivateLayer(layer);
  }
  await dismountCim(volume);
}

/** @throws ImageError  Unavailable: this Windows cannot mount CIMs */
export const assertMountsCims = (): void => assertCan("mount CIMs");

async function mountCim(cim: string, volume: string): Promise<void> {
  const words = [win32.dirname(cim), win32.basename(cim), MOUNT_FLAGS, guidBytes(volume)];
  assertHresult(`mount ${cim}`, await CimMountImage.onThread(...words));
}

/** What Windows says where there is no such volume, or no filter on it. */
const NOT_THERE = [0x80070002, 0x80070490]; // FILE_NOT_FOUND, NOT_FOUND

async function dismountCim(volume: string): Promise<void> {
  const hresult = await CimDismountImage.onThread(guidBytes(volume));
  if (!NOT_THERE.includes(hresult >>> 0)) assertHresult(`dismount volume ${volume}`, hresult);
}

async function attachOverlayFilter(scratch: string, layerData: string): Promise<void> {
  assertHresult(`lay ${scratch} over a CIM`, await HcsAttachOverlayFilter.onThread(scratch, layerData));
}

async function detachOverlayFilter(scratch: string): Promise<void> {
  const hresult = await HcsDetachOverlayFilter.onThread(scratch, unionLayerData());
  if (!NOT_THERE.includes(hresult >>> 0)) assertHresult(`take ${scratch} off a CIM`, hresult);
}
