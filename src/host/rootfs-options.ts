/** What a caller may ask of the image of a whole root filesystem. */
import { ErrorCode, ImageError } from "./errors.ts";
import { type ConversionOptions, type Plan, planOf } from "./options.ts";

type OfConversion =
  | "inline"
  | "verity"
  | "container"
  | "vhd"
  | "containerBlockSize"
  | "maxSize"
  | "filesystem"
  | "signal"
  | "onProgress";

/** Of a root filesystem, wherever it is made. */
export interface MergeOptions extends Pick<ConversionOptions, OfConversion> {
  /** Whom all files belong to, whatever the layers say. */
  owner?: { readonly uid: number; readonly gid: number };

  /**
   * Whether the result names the digests of all layers. Those that are given are always computed, and compared; computing
   * others costs more than merging. Default: false.
   */
  digests?: boolean;

  /** As of one layer; they hold for all together: entries, bytes and their ratio. */
  limits?: ConversionOptions["limits"];
}

export type RootfsPlan = Plan & { readonly owner: MergeOptions["owner"] };

/** The last number says "no one" to the kernel. */
const MAX_ID = 0xffff_fffe;

/** @throws ImageError  InvalidArgument, for an option that makes no sense */
export function rootfsPlanOf({ owner, digests = false, ...options }: MergeOptions): RootfsPlan {
  if (owner) {
    checkId("owner.uid", owner.uid);
    checkId("owner.gid", owner.gid);
  }
  return { ...planOf({ ...options, profile: "modern", digests }), owner };
}

function checkId(name: string, id: number): void {
  if (Number.isInteger(id) && id >= 0 && id <= MAX_ID) return;
  throw new ImageError(ErrorCode.InvalidArgument, `${name}: ${id} is not a whole number from 0 to ${MAX_ID}`);
}
