/** `layerkiln snapshot prepare|view|commit|label|rm|cleanup`: what they do. */
import type { Labels } from "../snapshots/snapshotter.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./exit.ts";
import type { CommitFlags, CreateFlags } from "./snapshot-changes.ts";
import { type LabelFlags, type PlaceFlags, parseLabel } from "./snapshot-flags.ts";
import { withSnapshots } from "./snapshot-place.ts";
import { printInfo, printMounts, wantsJson } from "./snapshot-text.ts";

export async function runPrepare(this: Context, flags: CreateFlags, key: string, parent = ""): Promise<void> {
  const mounts = await withSnapshots(flags, "change", this.platform, (snapshots) =>
    snapshots.prepare(key, parent, labelOptions(flags)),
  );
  printMounts(mounts, wantsJson(flags));
}

export async function runView(this: Context, flags: CreateFlags, key: string, parent = ""): Promise<void> {
  const mounts = await withSnapshots(flags, "change", this.platform, (snapshots) =>
    snapshots.view(key, parent, labelOptions(flags)),
  );
  printMounts(mounts, wantsJson(flags));
}

export async function runCommit(this: Context, flags: CommitFlags, name: string, key: string): Promise<void> {
  const { parent } = flags;
  await withSnapshots(flags, "change", this.platform, (snapshots) =>
    snapshots.commit(name, key, { ...labelOptions(flags), ...(parent !== undefined && { parent }) }),
  );
}

export async function runLabel(this: Context, flags: PlaceFlags, name: string, ...words: string[]): Promise<void> {
  if (words.length === 0) throw new UsageError("KEY=VALUE is missing");
  const labels = labelsOf(words);
  const info = await withSnapshots(flags, "change", this.platform, (snapshots) =>
    snapshots.update(
      { name, labels },
      [...labels.keys()].map((key) => `labels.${key}`),
    ),
  );
  printInfo(info, wantsJson(flags));
}

export async function runRm(this: Context, flags: PlaceFlags, ...names: string[]): Promise<void> {
  await withSnapshots(flags, "change", this.platform, async (snapshots) => {
    for (const name of names) await snapshots.remove(name);
  });
}

export async function runCleanup(this: Context, flags: PlaceFlags): Promise<void> {
  await withSnapshots(flags, "change", this.platform, (snapshots) => snapshots.cleanup());
}

function labelOptions({ label }: LabelFlags): { labels?: Labels } {
  return label === undefined ? {} : { labels: new Map(label) };
}

function labelsOf(words: readonly string[]): Labels {
  try {
    return new Map(words.map(parseLabel));
  } catch (error) {
    throw new UsageError(`KEY=VALUE: ${(error as Error).message}`);
  }
}
