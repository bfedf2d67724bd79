/** What changed from one image to another, as a layer. */
import { toImageError } from "../errors.ts";
import type { ImageSink } from "../image-sink.ts";
import { type ArchiveOptions, type ArchiveSummary, type Archiving, makeArchive } from "./archiving.ts";
import { decodeName } from "./name.ts";
import type { OpenedImage } from "./opened-image.ts";

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
 * @see diffImages
 * @param open  opens both, `lower` first; they are closed at the end
 * @param sink  where the layer goes, discarded if anything fails; none: the images are only compared
 */
export async function diffIn(
  open: () => readonly [lower: OpenedImage, upper: OpenedImage],
  sink?: ImageSink,
  options: DiffOptions = {},
): Promise<DiffResult> {
  return makeArchive(open, sink, options, async (archiving) => {
    const counts = await compare(archiving, options, sink !== undefined);
    const { needsRecovery } = archiving;
    if (sink === undefined) return { ...counts, needsRecovery };
    archiving.core.startDiff();
    await archiving.run();
    return { ...counts, layer: await archiving.result(), needsRecovery };
  });
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
