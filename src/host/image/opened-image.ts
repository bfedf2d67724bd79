/** What an image is read from, once it is open: one file, or those of a CIM. */
import type { RandomAccess } from "../random-access.ts";

export interface OpenedImage {
  /** The image; of a CIM `<name>.cim`. */
  readonly file: RandomAccess;

  /** Whoever gave it says that it is a CIM. Otherwise its first bytes do. */
  readonly isCim?: true;

  /**
   * Opens what stands beside a CIM: `region_<guid>_<n>`, `objectid_<guid>_<n>`. Undefined: there is no such file. Absent:
   * nothing is known of what stands there.
   */
  readonly beside?: (name: string) => RegionFile | undefined;
}

export interface RegionFile extends RandomAccess {
  /** Where it is on this machine: two images may have a region in common, and it is one where they have the path in common. */
  readonly path?: string;
}

/** What begins a CIM: all that is asked before the right core is loaded. */
const CIM_MAGIC = "cimfile0";

export function isCim({ file, isCim }: OpenedImage): boolean {
  if (isCim) return true;
  if (file.size < CIM_MAGIC.length) return false;
  const head = new Uint8Array(CIM_MAGIC.length);
  file.read(0, head);
  return String.fromCharCode(...head) === CIM_MAGIC;
}
