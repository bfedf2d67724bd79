/** What the kernel is told of an image, so that it mounts the filesystem in it and nothing else. */
import { dirname } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Mount } from "../platform.ts";
import type { Inspection } from "./inspection.ts";
import { openImage } from "./open-image.ts";

export interface Mountable {
  readonly mount: Mount;

  /** The journal has changes that a reader does not see. */
  readonly needsRecovery: boolean;
}

/** An image has no say in who its files make of us. */
export const HARMLESS = ["nosuid", "nodev"];

/**
 * Looks into the image first: what is none is refused in our words, before the kernel tries its own.
 *
 * @throws ImageError  Unsupported: no such image, or in a disk that the kernel does not know; FailedPrecondition: it must not
 *                     be written to, and is to be
 */
export async function mountable(path: string, readWrite: boolean): Promise<Mountable> {
  const image = await openImage(path);
  try {
    if (image.format === "cim") return { mount: cimMount(path, readWrite), needsRecovery: false };
    const { containers, filesystem, verity } = image.inspect();
    assertFlat(path, containers);
    if (readWrite) assertWritable(path, filesystem.features, verity !== undefined);
    const recovery = filesystem.features.includes("has_journal") && !readWrite ? ["noload"] : [];
    const options = [
      readWrite ? "rw" : "ro",
      "loop",
      `sizelimit=${filesystem.size}`, // a footer or a hash tree behind it is none of the filesystem's business
      ...HARMLESS,
      ...recovery, // else to mount it read-only would be to write to it
    ];
    return { mount: { type: "ext4", source: path, target: "", options }, needsRecovery: filesystem.needsRecovery };
  } finally {
    image.close();
  }
}

/** Windows's own: what a CIM refers to beside it, the CIM says itself. */
function cimMount(path: string, readWrite: boolean): Mount {
  if (readWrite) throw new ImageError(ErrorCode.FailedPrecondition, `${path}: is a CIM, which is only read`);
  return { type: "CimFS", source: dirname(path), target: "", options: ["ro", `cimpath=${path}`] };
}

/** Only where the filesystem's blocks lie in the file as they do on the disk is the file a disk. */
function assertFlat(path: string, containers: Inspection["containers"]): void {
  const container = containers.find((name) => name === "vhd-dynamic" || name === "vhdx");
  if (container === undefined) return;
  throw new ImageError(
    ErrorCode.Unsupported,
    `${path}: is a ${container}, which the kernel cannot mount; layerkiln disk ${path} -o OUT makes a raw image of it`,
  );
}

function assertWritable(path: string, features: readonly string[], hasTree: boolean): void {
  const why = hasTree
    ? "has a hash tree, which the first write would make wrong"
    : features.includes("read-only")
      ? "was made to be read only"
      : undefined;
  if (why !== undefined) throw new ImageError(ErrorCode.FailedPrecondition, `${path}: ${why}`);
}
