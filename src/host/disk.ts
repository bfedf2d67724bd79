/** A disk goes from one container into another. */
import { startDiskCore } from "./disk-core.ts";
import { type DiskCopyOptions, type DiskResult, diskPlanOf, writeDisk } from "./disk-writing.ts";
import { OpenImage } from "./open-image.ts";
import { asOperation } from "./operation.ts";
import type { Platform } from "./platform.ts";
import { intoTarget, type Target } from "./target.ts";

export interface DiskOptions extends DiskCopyOptions {
  platform?: Platform;
}

/**
 * Writes the disk that `image` holds, raw, in a VHD or in a VHDX, into another container. Blocks of zeros take no room
 * where the container can do without them.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`
 */
export async function convertDisk(image: string | URL, target: Target, options: DiskOptions = {}): Promise<DiskResult> {
  return asOperation("disk", options.signal, async () => {
    const plan = diskPlanOf(options);
    const file = await OpenImage.open(image, options.platform);
    try {
      const { disk } = await startDiskCore(file);
      return await intoTarget(target, plan.signal, (sink) => writeDisk(disk, sink, plan));
    } finally {
      await file.close();
    }
  });
}
