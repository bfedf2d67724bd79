/** Layers of Windows containers: a CIM each. */
import { ErrorCode, ImageError } from "../errors.ts";
import { compressionOf, OCI_LAYER } from "../oci/media-type.ts";
import { asOperation } from "../operation.ts";
import type { Mount } from "../platform.ts";
import { assertIsAsDescribed, assertIsSha256, noLongerThan } from "./blob.ts";
import type { WriteCimLayer } from "./cim-layer.ts";
import { cimLayerOf } from "./cimfs-mount.ts";
import type { ApplyOptions, ContentStore, Descriptor, Differ } from "./differ.ts";

/** Knows mounts of type "CimFS". */
export class CimFsDiffer implements Differ {
  constructor(
    private readonly content: ContentStore,
    private readonly writeLayer: WriteCimLayer,
  ) {}

  async apply(layer: Descriptor, mounts: readonly Mount[], { signal }: ApplyOptions = {}): Promise<Descriptor> {
    const place = cimLayerOf(mounts);
    compressionOf(layer.mediaType);
    assertIsSha256(layer);
    return asOperation("apply", signal, async () => {
      const blob = noLongerThan(layer, this.content.read(layer, signal));
      const { diffId, diffSize } = await this.writeLayer(
        blob,
        place,
        (read) => assertIsAsDescribed(read, layer),
        signal,
      );
      return { mediaType: OCI_LAYER, digest: diffId!, size: diffSize };
    });
  }

  async compare(): Promise<Descriptor> {
    throw new ImageError(
      ErrorCode.Unsupported,
      "compare: what a Windows container wrote is in a disk of Windows's own, which is not read here",
    );
  }
}
