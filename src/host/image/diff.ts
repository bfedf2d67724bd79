/** What changed from one image to another, as a layer. */
import type { CimParts } from "../cim/cim-files.ts";
import { toImageError } from "../errors.ts";
import { asOperation } from "../operation.ts";
import type { ArchiveTarget } from "./archive-target.ts";
import { type ArchiveOptions, type ArchiveSummary, type Archiving, makeArchive } from "./archiving.ts";
import type { ImageSource } from "./image-source.ts";
import { decodeName } from "./name.ts";

export interface ImageChange {
  readonly kind: "added" | "changed" | "deleted";

  /** From the root, without a slash before it; the root itself is empty. Bytes that are no UTF-8 became U+FFFD. */
  readonly path: string;

  /** As it is. */
  readonly pathBytes: Uint8Array;
}

export interface DiffOptions extends ArchiveOptions {
  /**
   * Called with each change, in the order of the tree. What was in a deleted directory is not told apart. Where no layer is
   * written, `false` ends the comparison.
   */
  readonly onChange?: (change: ImageChange) => unknown;
}

export interface DiffResult {
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;

  /** The layer, if there was a target. */
  readonly layer?: ArchiveSummary;

  /** The journal of an image holds changes that are not in their places yet; they are not seen. */
  readonly needsRecovery: boolean;
}

const KINDS = [undefined, "added", "changed", "deleted"] as const;

/**
 * Compares two images, and writes what changed as an OCI layer: applied to `lower`, it gives `upper`.
 *
 * What counts: type, permissions, owner, device number, mtime to the nanosecond, extended attributes, targets, content by
 * its bytes, and which names are hard links of one file. Not atime and ctime. Of two CIMs: all that a layer of Windows says of a
 * file, the bytes of its streams, and which names are one file's.
 *
 * @param target  none: the images are only compared
 * @throws ImageError  and nothing else, but for the reason of `options.signal`; Unsupported too where a changed name begins
 *                     with `.wh.`, which a layer cannot say
 */
export async function diffImages(
  lower: ImageSource | CimParts,
  upper: ImageSource | CimParts,
  target?: ArchiveTarget,
  options: DiffOptions = {},
): Promise<DiffResult> {
  return asOperation("diff", options.signal, () =>
    makeArchive([lower, upper], target, options, async (archiving) => {
      const counts = await compare(archiving, options, target !== undefined);
      const { needsRecovery } = archiving;
      if (target === undefined) return { ...counts, needsRecovery };
      archiving.core.startDiff();
      await archiving.run();
      return { ...counts, layer: archiving.result, needsRecovery };
    }),
  );
}

async function compare(archiving: Archiving, { onChange }: DiffOptions, toTheEnd: boolean) {
  const { core } = archiving;
  const counts = { added: 0, changed: 0, deleted: 0 };
  core.startComparison();
  await archiving.run(() => {
    const kind = KINDS[core.change()];
    if (kind === undefined) return true;
    counts[kind]++;
    if (!onChange) return true;
    const pathBytes = core.changePath().slice();
    return tell(onChange, { kind, path: decodeName(pathBytes), pathBytes }) !== false || toTheEnd;
  });
  return counts;
}

function tell(onChange: (change: ImageChange) => unknown, change: ImageChange): unknown {
  try {
    return onChange(change);
  } catch (error) {
    throw toImageError("onChange", error);
  }
}
