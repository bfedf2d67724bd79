/** `layerkiln snapshot ls|stat|mounts|usage`: what they do. */
import { ErrorCode, isError } from "../errors.ts";
import type { Info, Snapshotter } from "../snapshots/snapshotter.ts";
import type { Context } from "./context.ts";
import type { PlaceFlags } from "./snapshot-flags.ts";
import { withSnapshots } from "./snapshot-place.ts";
import { type NamedUsage, printInfo, printInfos, printMounts, printUsages, wantsJson } from "./snapshot-text.ts";

export async function runLs(this: Context, flags: PlaceFlags, ...filters: string[]): Promise<void> {
  const infos = await withSnapshots(flags, "look", this.platform, (snapshots) => gather(snapshots, filters));
  printInfos(infos, wantsJson(flags));
}

export async function runStat(this: Context, flags: PlaceFlags, name: string): Promise<void> {
  const info = await withSnapshots(flags, "look", this.platform, (snapshots) => snapshots.stat(name));
  printInfo(info, wantsJson(flags));
}

export async function runMounts(this: Context, flags: PlaceFlags, key: string): Promise<void> {
  const mounts = await withSnapshots(flags, "look", this.platform, (snapshots) => snapshots.mounts(key));
  printMounts(mounts, wantsJson(flags));
}

export async function runUsage(this: Context, flags: PlaceFlags, ...names: string[]): Promise<void> {
  const usages = await withSnapshots(flags, "look", this.platform, (snapshots) =>
    names.length > 0 ? usagesOf(snapshots, names) : allUsages(snapshots),
  );
  printUsages(usages, wantsJson(flags));
}

async function usagesOf(snapshots: Snapshotter, names: readonly string[]): Promise<NamedUsage[]> {
  const usages: NamedUsage[] = [];
  for (const name of names) usages.push({ name, ...(await snapshots.usage(name)) });
  return usages;
}

async function allUsages(snapshots: Snapshotter): Promise<NamedUsage[]> {
  const usages: NamedUsage[] = [];
  for (const { name } of await gather(snapshots)) {
    try {
      usages.push(...(await usagesOf(snapshots, [name])));
    } catch (error) {
      if (!isError(error, ErrorCode.NotFound)) throw error; // else it was removed meanwhile
    }
  }
  return usages;
}

async function gather(snapshots: Snapshotter, filters: readonly string[] = []): Promise<Info[]> {
  const infos: Info[] = [];
  for await (const info of snapshots.walk(filters)) infos.push(info);
  return infos;
}
