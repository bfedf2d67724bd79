/** A delta of a registry hive, merged onto what it is a delta of. */
import { type ImageSource, openRandomAccess } from "../image/image-source.ts";
import { writeTo } from "../image-sink.ts";
import { asOperation } from "../operation.ts";
import type { RandomAccess } from "../random-access.ts";
import { intoTarget, type Target } from "../target.ts";
import { guard } from "../wasm.ts";
import { startHiveCore } from "./hive-core.ts";

export interface MergeHivesResult {
  /** Bytes of the merged hive. */
  readonly size: number;
}

export interface MergeHivesOptions {
  /** Nothing is written once it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Writes what Windows shows of the hive `base` with `delta` layered over it, as one hive without layers: what offreg.dll's
 * ORMergeHives is for, on any system. The same bytes for the same two hives.
 *
 *     await mergeHives("parent/Hives/SOFTWARE_BASE", "layer/Hives/SOFTWARE_DELTA", "layer/Hives/SOFTWARE_BASE");
 *
 * Both are kept in memory, and the result.
 *
 * @throws ImageError  Corrupt where one of them breaks the format; Unsupported where it is dirty, or of another version; what
 *                     the system says of a path. `target` is then as it was
 */
export async function mergeHives(
  base: ImageSource,
  delta: ImageSource,
  target: Target,
  { signal }: MergeHivesOptions = {},
): Promise<MergeHivesResult> {
  return asOperation("hive", signal, async () => {
    // Both are closed when it is written: `target` may be one of them, and Windows replaces no file that is open.
    const merged = withOpen(base, (lower) => withOpen(delta, (upper) => merge(lower, upper)));
    return intoTarget(target, signal, async (sink) => {
      writeTo(sink, 0, merged);
      return { size: merged.length };
    });
  });
}

/** @returns a window, which holds as long as nobody calls the core */
function merge(lower: RandomAccess, upper: RandomAccess): Uint8Array {
  const { exports, window } = startHiveCore([lower, upper]);
  const size = guard(() => exports.merge(BigInt(lower.size), BigInt(upper.size)));
  return window(exports.mergedAt(), size);
}

function withOpen<T>(source: ImageSource, work: (file: RandomAccess) => T): T {
  const file = openRandomAccess(source);
  try {
    return work(file);
  } finally {
    file.close?.();
  }
}
