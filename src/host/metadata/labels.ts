/** How labels are given and changed. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Info, Labels } from "./info.ts";

/** Labels as they are kept: none is empty. @throws ImageError  InvalidArgument: one has no key */
export function keptLabels(labels: Labels | undefined): Labels {
  const kept = new Map([...(labels ?? [])].filter(([, value]) => value !== ""));
  if (kept.has("")) throw new ImageError(ErrorCode.InvalidArgument, "labels: one has an empty key");
  return kept;
}

/**
 * Labels of a snapshot after an update.
 *
 * @param given  what the update brings; only its labels count
 * @param paths  "labels": all become those given; "labels.K": K becomes what is given, or goes; none: as "labels". K is all that
 *               follows the first dot, with dots and slashes.
 * @throws ImageError  InvalidArgument: another path
 */
export function updatedLabels(current: Labels, given: Pick<Info, "name" | "labels">, paths: readonly string[]): Labels {
  let labels = new Map(current);
  for (const path of paths.length === 0 ? ["labels"] : paths) {
    if (path === "labels") {
      labels = new Map(given.labels);
    } else if (path.startsWith("labels.")) {
      const key = path.slice("labels.".length);
      labels.set(key, given.labels.get(key) ?? "");
    } else {
      const what = `cannot update ${JSON.stringify(path)} field on snapshot ${JSON.stringify(given.name)}`;
      throw new ImageError(ErrorCode.InvalidArgument, what);
    }
  }
  return keptLabels(labels);
}
