/** containerd.services.diff.v1.Diff: a differ, as containerd calls it. */
import type { ContentStore, Descriptor } from "../diff/differ.ts";
import type { OpenDiffer } from "../diff/open.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { CallContext, Calls } from "./calls.ts";
import type { ApplyRequest, DiffRequest } from "./messages/containerd/services/diff/v1/diff.ts";
import type { Descriptor as DescriptorMessage } from "./messages/containerd/types/descriptor.ts";

/**
 * `payloads` are keys for decryption, which no differ of ours does: it says Unsupported of what is encrypted. `sync_fs` needs
 * no heed: what a differ of ours has written, has reached the disk. Nor has `source_date_epoch` any: times are those of the files.
 */
export function diffService(openDiffer: OpenDiffer, contentOf: (context: CallContext) => ContentStore, calls: Calls) {
  return {
    apply: calls.unary("Apply", async ({ diff, mounts }: ApplyRequest, context) => {
      if (diff === undefined) throw new ImageError(ErrorCode.InvalidArgument, "apply: no layer is named");
      const layer: Descriptor = { ...diff, size: Number(diff.size) };
      const applied = await openDiffer(contentOf(context)).apply(layer, mounts, { signal: context.signal });
      return { applied: toDescriptorMessage(applied) };
    }),

    diff: calls.unary("Diff", async ({ left, right, mediaType, ref, labels }: DiffRequest, context) => {
      const diff = await openDiffer(contentOf(context)).compare(left, right, {
        ...(mediaType !== "" && { mediaType }),
        ...(ref !== "" && { reference: ref }),
        labels,
        signal: context.signal,
      });
      return { diff: toDescriptorMessage(diff) };
    }),
  };
}

function toDescriptorMessage({ mediaType, digest, size, annotations }: Descriptor): DescriptorMessage {
  return { mediaType, digest, size: BigInt(size), annotations: new Map(annotations) };
}
