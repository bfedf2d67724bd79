/** The tree in an image, as a tar. */
import { ArchiveResult, Whiteouts } from "../../../assembly/abi.ts";
import type { CimParts } from "../cim/cim-files.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { asOperation } from "../operation.ts";
import type { ArchiveTarget } from "./archive-target.ts";
import { type ArchiveOptions, type ArchiveSummary, type Archiving, makeArchive } from "./archiving.ts";
import { openImage } from "./image.ts";
import type { ImageSource } from "./image-source.ts";

export interface ExportOptions extends ArchiveOptions {
  /** A directory of the image, which becomes the root of the archive. Symbolic links are followed. Default: the root. */
  readonly path?: string | Uint8Array;

  /**
   * "oci" turns overlayfs' whiteouts into entries called `.wh.*`, which `convert` turns back with `whiteouts: "overlay"`.
   * Default: "keep", they stay devices and attributes, which `convert` leaves as they are with its own "keep". A CIM has none.
   */
  readonly whiteouts?: "keep" | "oci";
}

export interface ExportResult extends ArchiveSummary {
  /** Overlayfs' whiteouts and opaque directories, converted or not. */
  readonly whiteouts: number;
}

/**
 * Writes the tree in an image as a tar in the pax format: equal images, equal bytes. Of a CIM it is a layer of Windows.
 *
 * A `target` that is a path is complete and synced, or untouched.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`: Corrupt where the image breaks its own
 *                     format, Unsupported where it is none that is read here, OutOfRange where a tar cannot say it,
 *                     Unsupported too where a layer of Windows cannot
 */
export async function exportImage(
  source: ImageSource | CimParts,
  target: ArchiveTarget,
  options: ExportOptions = {},
): Promise<ExportResult> {
  return asOperation("export", options.signal, async () => {
    const whiteouts = whiteoutsOf(options);
    const root = options.path === undefined ? 0 : await findDirectory(source, options.path, options);
    return makeArchive([source], target, options, async (archiving: Archiving) => {
      archiving.core.startExport(root, whiteouts);
      await archiving.run();
      return { ...archiving.result, whiteouts: archiving.core.result(ArchiveResult.Whiteouts) };
    });
  });
}

function whiteoutsOf({ whiteouts = "keep" }: ExportOptions): Whiteouts {
  if (whiteouts === "oci") return Whiteouts.Overlay;
  if (whiteouts === "keep") return Whiteouts.Keep;
  throw new ImageError(ErrorCode.InvalidArgument, `whiteouts: "${whiteouts}" is none of keep, oci`);
}

async function findDirectory(
  source: ImageSource | CimParts,
  path: string | Uint8Array,
  options: ExportOptions,
): Promise<number> {
  const image = await openImage(source, { verify: options.verify ?? true });
  try {
    const { inode, type } = image.stat(path, { follow: true });
    if (type === "directory") return inode;
    throw new ImageError(ErrorCode.InvalidArgument, `${Buffer.from(path)}: is no directory`);
  } finally {
    image.close();
  }
}
