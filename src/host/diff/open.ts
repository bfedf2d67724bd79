/** The differ that goes with a snapshotter. */
import type { Platform } from "../platform.ts";
import type { ContentStore, Differ } from "./differ.ts";

/** A differ costs nothing to make: whoever serves many callers makes one for each, on the blobs that it may see. */
export type OpenDiffer = (content: ContentStore) => Differ;

/** Of snapshotters whose layers are images. What the others take, containerd's own differ writes as well. */
const DIFFERS: Partial<Record<string, (platform: Platform) => Promise<OpenDiffer>>> = {
  ext4: async (platform) => {
    const { Ext4Differ } = await import("./ext4.ts");
    return (content) => new Ext4Differ(content, platform);
  },
  cimfs: async (platform) => {
    const { CimFsDiffer } = await import("./cimfs.ts");
    const { cimLayerWriter } = await import("./write-cim-layer.ts");
    return (content) => new CimFsDiffer(content, cimLayerWriter(platform));
  },
  lcow: async (platform) => {
    const { LcowDiffer } = await import("./lcow.ts");
    return (content) => new LcowDiffer(content, platform);
  },
};

export function hasDiffer(snapshotter: string): boolean {
  return Object.hasOwn(DIFFERS, snapshotter);
}

/** @returns undefined where the snapshotter has none */
export async function openDiffer(snapshotter: string, platform: Platform): Promise<OpenDiffer | undefined> {
  return hasDiffer(snapshotter) ? DIFFERS[snapshotter]?.(platform) : undefined;
}
