/** The tree in an image, as a tar. */
import { ArchiveResult, Whiteouts } from "../../../assembly/abi.ts";
import { textOf } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { ImageSink } from "../image-sink.ts";
import { type ArchiveOptions, type ArchiveSummary, makeArchive } from "./archiving.ts";
import { imageIn } from "./image.ts";
import type { OpenedImage } from "./opened-image.ts";

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
 * @see exportImage
 * @param open  opens the image, each time anew; it is closed at the end
 * @param sink  discarded if anything fails
 */
export async function exportIn(
  open: () => OpenedImage,
  sink: ImageSink,
  options: ExportOptions = {},
): Promise<ExportResult> {
  return makeArchive(
    () => [open()],
    sink,
    options,
    async (archiving) => {
      const { path } = options;
      const root = path === undefined ? 0 : await findDirectory(open(), path, options);
      archiving.core.startExport(root, whiteoutsOf(options));
      await archiving.run();
      return { ...(await archiving.result()), whiteouts: archiving.core.result(ArchiveResult.Whiteouts) };
    },
  );
}

function whiteoutsOf({ whiteouts = "keep" }: ExportOptions): Whiteouts {
  if (whiteouts === "oci") return Whiteouts.Overlay;
  if (whiteouts === "keep") return Whiteouts.Keep;
  throw new ImageError(ErrorCode.InvalidArgument, `whiteouts: "${whiteouts}" is none of keep, oci`);
}

async function findDirectory(
  opened: OpenedImage,
  path: string | Uint8Array,
  { verify = true }: ExportOptions,
): Promise<number> {
  const image = await imageIn(opened, { verify });
  try {
    const { inode, type } = image.stat(path, { follow: true });
    if (type === "directory") return inode;
    const name = typeof path === "string" ? path : textOf(path);
    throw new ImageError(ErrorCode.InvalidArgument, `${name}: is no directory`);
  } finally {
    image.close();
  }
}
