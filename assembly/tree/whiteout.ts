/**
 * Names by which a layer says that something below it is gone.
 *
 * Source: OCI image specification, "Image Layer Filesystem Changeset", Whiteouts; Linux, overlayfs.rst,
 * "whiteouts and opaque directories".
 */
import { Literal } from "../bytes/literal";

export const WHITEOUT_PREFIX = new Literal(".wh.");
export const WHITEOUT_OPAQUE = new Literal(".wh..wh..opq");
/** In overlayfs' own form a name that is gone is a character device 0:0, and an opaque directory has this attribute. */
export const OVERLAY_OPAQUE = new Literal("trusted.overlay.opaque");
export const YES = new Literal("y");

/** What overlayfs notes for itself begins so. */
export const OVERLAY_PREFIX = new Literal("trusted.overlay.");

/** Notes that say nothing once a directory stands by itself. Others change what is seen: a directory's name, a file's content. */
export const OVERLAY_NOTES: Literal[] = [
  new Literal("trusted.overlay.impure"),
  new Literal("trusted.overlay.nlink"),
  new Literal("trusted.overlay.origin"),
  new Literal("trusted.overlay.protattr"),
  new Literal("trusted.overlay.upper"),
  new Literal("trusted.overlay.uuid"),
];

export function isWhiteout(name: usize, length: u32): bool {
  return WHITEOUT_PREFIX.startsOf(name, length);
}

/** Whether the name hides all that its directory holds in the layers below. */
export function isOpaque(name: usize, length: u32): bool {
  return WHITEOUT_OPAQUE.equals(name, length);
}
