/** How the layers of a container image were made. */
import type { ContainerImage } from "../build/src/web.js";

/** In the order of the layers; undefined if the image does not say it of all. */
export function stepsOf({ layers, config }: ContainerImage): string[] | undefined {
  const steps = config.history.filter(({ empty_layer }) => !empty_layer).map(({ created_by }) => plainStep(created_by));
  return steps.length === layers.length ? steps : undefined;
}

const BUILDKIT = "# buildkit";

/** What shells and builders put around a step says nothing. */
function plainStep(step = ""): string {
  const plain = step.replace(/^\/bin\/sh -c (?:#\(nop\)\s*)?/, "");
  // Not by an expression: one that begins with spaces takes hours for a step of a million of them.
  return plain.endsWith(BUILDKIT) ? plain.slice(0, -BUILDKIT.length).trimEnd() : plain;
}
