/** What a fork has that its parent has not, by paths as Windows has them: from the root, parted by `\`. */
import { diffImages } from "../image/diff-images.ts";
import type { CimParts, ImageSource } from "../image/image-source.ts";
import { openImage } from "../image/open-image.ts";
import { decodeWtf8 } from "./wtf8.ts";

export interface ForkChanges {
  /** New, or not what they were. */
  readonly changed: ReadonlySet<string>;

  /** To be taken away before anything is added; what was in a directory goes with it. */
  readonly deleted: readonly string[];
}

export async function changesOf(
  parent: ImageSource,
  fork: CimParts,
  signal: AbortSignal | undefined,
): Promise<ForkChanges> {
  const changed = new Set<string>();
  const deleted: string[] = [];
  const [lower, upper] = [await openImage(parent), await openImage(fork)];
  const isDirectory = (image: typeof lower, path: Uint8Array) => (image.windows(path).attributes & DIRECTORY) !== 0;
  const staysDirectory = (path: Uint8Array) => isDirectory(lower, path) && isDirectory(upper, path);
  try {
    await diffImages(parent, fork, undefined, {
      ...(signal && { signal }),
      onChange({ kind, pathBytes }) {
        const path = toWindowsPath(pathBytes);
        if (kind !== "deleted") changed.add(path);
        // What a name that is taken does to a link, or to a file with other names, no page says: what stands there goes first.
        if (kind === "deleted" || (kind === "changed" && !staysDirectory(pathBytes))) deleted.push(path);
      },
    });
  } finally {
    lower.close();
    upper.close();
  }
  return { changed, deleted };
}

const DIRECTORY = 0x10;

/** @param path  of an image: its names parted by `/` */
export function toWindowsPath(path: Uint8Array): string {
  return decodeWtf8(path).replaceAll("/", "\\");
}
