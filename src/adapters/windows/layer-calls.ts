/**
 * Layers of containers on NTFS, step by step: active (its disk is attached), prepared (its parents are seen below it), mounted
 * (by whoever wants to see it). A layer goes by the full path of its directory.
 *
 * Source: hcsshim, internal/wclayer.
 */
import { win32 } from "node:path";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import * as vmcompute from "./vmcompute-dll.ts";
import { textOf } from "./wide-text.ts";
import { assertHresult } from "./windows-error.ts";

/** With paths as ids, the home directory is an empty string. */
const DRIVER = { Flavour: vmcompute.DriverFlavour.FILTER, HomeDir: "" };

export async function activateLayer(directory: string): Promise<void> {
  assertHresult(`activate layer ${directory}`, await vmcompute.ActivateLayer.onThread(DRIVER, directory));
}

/** @returns false where it is not active, or not there */
export async function deactivateLayer(directory: string): Promise<boolean> {
  return ended(`deactivate layer ${directory}`, await vmcompute.DeactivateLayer.onThread(DRIVER, directory));
}

let lastPreparation: Promise<unknown> = Promise.resolve();

/**
 * One at a time in this process: several at once make Windows run into a timeout.
 *
 * @param parents  the nearest first
 */
export function prepareLayer(directory: string, parents: readonly string[]): Promise<void> {
  const preparation = lastPreparation.then(async () => {
    const subject = `prepare layer ${directory}`;
    const descriptors = parents.map(descriptorOf);
    const hresult = await vmcompute.PrepareLayer.onThread(DRIVER, directory, ...list(descriptors));
    assertHresult(subject, hresult);
  });
  lastPreparation = preparation.catch(() => {}); // who waits hears of it; the next one need not
  return preparation;
}

/** @returns false where it is not prepared, or not there */
export async function unprepareLayer(directory: string): Promise<boolean> {
  return ended(`unprepare layer ${directory}`, await vmcompute.UnprepareLayer.onThread(DRIVER, directory));
}

/**
 * Where the files of an active layer are: a volume, such as "\\?\Volume{…}\", or of a base layer its directory.
 *
 * @returns undefined where it is not active, or not there
 */
export async function layerMountPath(directory: string): Promise<string | undefined> {
  const subject = `mount path of layer ${directory}`;
  const units = [0n];
  const told = await vmcompute.GetLayerMountPath.onThread(DRIVER, directory, units, null);
  if (!ended(subject, told)) return undefined;
  const buffer = Buffer.alloc(2 * Number(units[0]));
  assertHresult(subject, await vmcompute.GetLayerMountPath.onThread(DRIVER, directory, units, buffer));
  return textOf(buffer) || undefined;
}

/** As `layerMountPath`. @throws ImageError  FailedPrecondition where it is not active */
export async function activePath(directory: string): Promise<string> {
  const path = await layerMountPath(directory);
  if (path !== undefined) return path;
  throw new ImageError(ErrorCode.FailedPrecondition, `layer ${directory}: was activated, and has no mount path`);
}

/** What calls say of a layer that is not in the state which they end or ask for. */
const NOT_SO = [0x80070002, 0x80070003, 0x80070015, 0x80070490]; // FILE_NOT_FOUND, PATH_NOT_FOUND, NOT_READY, NOT_FOUND

function ended(subject: string, hresult: number): boolean {
  if (NOT_SO.includes(hresult >>> 0)) return false;
  assertHresult(subject, hresult);
  return true;
}

/** Makes the scratch disk of a new layer over `parents`, in `directory`, which is made. */
export async function createSandboxLayer(directory: string, parents: readonly string[]): Promise<void> {
  const words = list(parents.map(descriptorOf));
  const hresult = await vmcompute.CreateSandboxLayer.onThread(DRIVER, directory, 0, ...words);
  assertHresult(`make a scratch layer in ${directory}`, hresult);
}

/** @param size  bytes */
export async function expandSandboxSize(directory: string, size: number): Promise<void> {
  const hresult = await vmcompute.ExpandSandboxSize.onThread(DRIVER, directory, size);
  assertHresult(`expand the scratch disk of ${directory} to ${size} bytes`, hresult);
}

export async function destroyLayer(directory: string): Promise<void> {
  assertHresult(`destroy layer ${directory}`, await vmcompute.DestroyLayer.onThread(DRIVER, directory));
}

export async function importLayer(directory: string, from: string, parents: readonly string[]): Promise<void> {
  const words = list(parents.map(descriptorOf));
  const hresult = await vmcompute.ImportLayer.onThread(DRIVER, directory, from, ...words);
  assertHresult(`import layer ${directory} from ${from}`, hresult);
}

export async function exportLayer(directory: string, to: string, parents: readonly string[]): Promise<void> {
  const words = list(parents.map(descriptorOf));
  const hresult = await vmcompute.ExportLayer.onThread(DRIVER, directory, to, ...words);
  assertHresult(`export layer ${directory} to ${to}`, hresult);
}

interface Descriptor {
  readonly LayerId: Uint8Array;
  readonly Flags: 0;
  readonly Path: string;
}

/** Windows knows a layer below by a GUID that it makes itself of the directory's name. */
function descriptorOf(directory: string): Descriptor {
  const id = Buffer.alloc(16);
  const name = win32.basename(directory);
  assertHresult(`id of layer ${directory}`, vmcompute.NameToGuid(name, id));
  return { LayerId: id, Flags: 0, Path: directory };
}

/** An array as C has it: no pointer where there is nothing. */
const list = (descriptors: readonly Descriptor[]): [descriptors: readonly Descriptor[] | null, count: number] => [
  descriptors.length > 0 ? descriptors : null,
  descriptors.length,
];
