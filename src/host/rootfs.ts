/** The layers of a container image become one image. */
import { type LayerDescription, type LayerInput, mergeLayers, type RootfsResult } from "./merging.ts";
import { asOperation } from "./operation.ts";
import type { Platform } from "./platform.ts";
import { type MergeOptions, rootfsPlanOf } from "./rootfs-options.ts";
import { openSource, type Source } from "./source.ts";
import { sizeOf } from "./source-size.ts";
import { intoTarget, type Target } from "./target.ts";

export interface RootfsOptions extends MergeOptions {
  /** As of `convert`. */
  platform?: Platform;
}

export interface RootfsLayer extends LayerDescription {
  /**
   * A tar, plain or compressed. One that can be read once only is enough, unless a hard link is seen to a file of the layer
   * that a layer above hides under its own name: then the layer is read twice.
   */
  readonly source: Source;
}

/**
 * Makes one ext4 filesystem of `layers`, lowest first, as overlayfs would show them over one another; of none, an empty one.
 * Contents that a layer above hides are not written.
 *
 * A `target` that is a path is complete and synced, or untouched.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`. Corrupt: a layer, or its digest;
 *         NotFound: a hard link's target; FailedPrecondition: a layer must be read twice, and cannot be
 */
export async function makeRootfs(
  layers: readonly RootfsLayer[],
  target: Target,
  options: RootfsOptions = {},
): Promise<RootfsResult> {
  return asOperation("rootfs", options.signal, async () => {
    const plan = rootfsPlanOf(options);
    return intoTarget(target, plan.signal, (sink) => mergeLayers(layers.map(inputOf), sink, plan));
  });
}

function inputOf({ source, ...description }: RootfsLayer): LayerInput {
  return { ...description, open: () => openSource(source), size: () => sizeOf(source) };
}
