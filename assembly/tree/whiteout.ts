/**
 * Names by which a layer says that something below it is gone.
 *
 * Source: OCI image specification, "Image Layer Filesystem Changeset", Whiteouts.
 */
import { Literal } from "../bytes/literal";

export const WHITEOUT_PREFIX = new Literal(".wh.");
const OPAQUE = new Literal(".wh..wh..opq");

export function isWhiteout(name: usize, length: u32): bool {
  return WHITEOUT_PREFIX.startsOf(name, length);
}

/** Whether the name hides all that its directory holds in the layers below. */
export function isOpaque(name: usize, length: u32): bool {
  return OPAQUE.equals(name, length);
}
