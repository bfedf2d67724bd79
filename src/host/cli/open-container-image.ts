/** Opens the container image that a command is given, and says what else may have been meant. */
import { existsSync } from "node:fs";
import { ErrorCode, ImageError } from "../errors.ts";
import type { ContainerImage } from "../oci/container-image.ts";
import { openContainerImage } from "../oci/open-container-image.ts";
import type { RootfsLayer } from "../rootfs.ts";
import type { ContainerImageFlags } from "./container-image-argument.ts";
import { UsageError } from "./exit.ts";

/** A host, maybe with a port; names; a tag or a digest: what a registry is asked for. */
const REGISTRY_REFERENCE = /^(?!.*\.tar$)[a-z0-9]([\w.-]*(:\d+)?)(\/[\w.-]+)*(:[\w.-]+)?(@sha\d+:[0-9a-f]+)?$/i;

/**
 * @throws ImageError  as `openContainerImage`, and how to get what is not there; Unsupported: its layers are of Windows, which
 *         have registry hives, and files in folders of their own
 */
export async function openNamedImage(
  path: string,
  { platform, reference }: ContainerImageFlags,
  signal: AbortSignal,
): Promise<ContainerImage> {
  if (path === "-") {
    throw new UsageError("-: parts of a container image are found by where they stand, not in a pipe; name a file");
  }
  try {
    const image = await openContainerImage(path, {
      ...(platform !== undefined && { platform }),
      ...(reference !== undefined && { reference }),
      signal,
    });
    if (image.config.os !== "windows") return image;
    throw new ImageError(ErrorCode.Unsupported, `${path}: its layers are of Windows, and layerkiln cim takes those`);
  } catch (error) {
    const advice = error instanceof ImageError && adviceOn(path, error);
    throw advice ? new ImageError(error.code, `${error.message}; ${advice}`, error) : error;
  }
}

/** What else may have been meant. */
function adviceOn(path: string, error: ImageError): string | undefined {
  const isThere = existsSync(path);
  if (error.code === ErrorCode.NotFound && !isThere && REGISTRY_REFERENCE.test(path)) {
    return `to fetch a container image from a registry: layerkiln pull ${path} DIR`;
  }
  // Of the file itself; what is wrong with a part of an image is said of that.
  if (error.code === ErrorCode.Unsupported && isThere && error.message.startsWith(`${path}: is `)) {
    return `of one layer, layerkiln ext4 ${path} makes an image`;
  }
  return undefined;
}

/** What a message calls the layers of a container image: its number, the lowest 1, and what names its bytes. */
export function namedLayers({ layers }: ContainerImage): RootfsLayer[] {
  return layers.map((layer, index) => ({ ...layer, name: `layer ${index + 1} (${layer.digest ?? layer.diffId})` }));
}
