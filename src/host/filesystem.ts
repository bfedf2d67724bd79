/** A filesystem without a layer, in a file of this machine. */
import {
  emptyFilesystemPlanOf,
  type MakeFilesystemOptions,
  type MakeFilesystemResult,
  writeEmptyFilesystem,
} from "./empty-filesystem.ts";
import { asOperation } from "./operation.ts";
import { intoTarget, type Target } from "./target.ts";

/**
 * Makes an empty ext4 filesystem. Only what is not zero is written: 20 GiB of it take a few hundred KiB.
 *
 * A `target` that is a path is complete and synced, or untouched.
 *
 * @throws ImageError  and nothing else
 */
export async function makeFilesystem(target: Target, options: MakeFilesystemOptions): Promise<MakeFilesystemResult> {
  return asOperation("filesystem", undefined, async () => {
    const plan = emptyFilesystemPlanOf(options);
    return intoTarget(target, undefined, (sink) => writeEmptyFilesystem(sink, plan));
  });
}
