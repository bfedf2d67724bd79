/**
 * Windows, as the host wants it. Left out are `copyRange`, as blocks can be shared on ReFS alone and by whole clusters, and
 * `dataAfter`: holes are read as the zeros that they are.
 */
import { existsSync } from "node:fs";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import type { Ability, CopyRange, Mounter, Platform, VirtualDisks } from "../../host/platform.ts";
import type { CimWriter, WindowsLayers } from "../../host/windows.ts";
import { hasKoffi } from "../koffi.ts";
import { servicePlaces } from "./service-places.ts";

export const windows: Platform = {
  async copyRange(): Promise<CopyRange | undefined> {
    return undefined;
  },

  servicePlaces,

  async makePrivateDirectory(path: string): Promise<void> {
    if (await hasKoffi()) return (await import("./private-directory.ts")).makePrivateDirectory(path);
    if (existsSync(path)) return;
    // Made without, it would be open to all, and stay so when koffi is there.
    throw new ImageError(
      ErrorCode.Unavailable,
      `${path}: to make it for few takes the package koffi (npm install koffi)`,
    );
  },

  async mounter(): Promise<Mounter | undefined> {
    return (await hasKoffi()) ? (await import("./mount.ts")).mounter : undefined;
  },

  async windowsLayers(): Promise<WindowsLayers | undefined> {
    return (await hasKoffi()) ? (await import("./layers.ts")).windowsLayers : undefined;
  },

  async virtualDisks(): Promise<VirtualDisks | undefined> {
    return (await hasKoffi()) ? (await import("./virtual-disks.ts")).virtualDisks : undefined;
  },

  async cimWriter(): Promise<CimWriter | undefined> {
    return (await hasKoffi()) ? (await import("./cim-writer.ts")).cimWriter() : undefined;
  },

  async abilities(root): Promise<readonly Ability[]> {
    return (await hasKoffi()) ? (await import("./abilities.ts")).windowsAbilities(root) : [];
  },
};
