/** A blob is the one that its descriptor names, or is refused. */
import type { ConvertResult } from "../conversion.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { compressionOf } from "../oci/media-type.ts";
import type { Descriptor } from "./differ.ts";

/** What is known of a layer's blob once it was read to its end. */
export type BlobRead = Pick<ConvertResult, "input" | "compression" | "diffId" | "diffSize">;

/** @throws ImageError  Unsupported */
export function assertIsSha256({ digest }: Descriptor): void {
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return;
  throw new ImageError(ErrorCode.Unsupported, `blob ${digest}: its digest is not a SHA-256`);
}

/** A store that does not stop is not read for ever. */
export async function* noLongerThan(
  { digest, size }: Descriptor,
  blob: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const bytes of blob) {
    read += bytes.length;
    if (read > size) throw new ImageError(ErrorCode.Corrupt, `blob ${digest}: is longer than its ${size} bytes`);
    yield bytes;
  }
}

/** @throws ImageError  Corrupt: it is not the blob that was asked for */
export function assertIsAsDescribed({ input, compression }: BlobRead, layer: Descriptor): void {
  const { digest, size, mediaType } = layer;
  if (input.size !== size) {
    throw new ImageError(ErrorCode.Corrupt, `blob ${digest}: has ${input.size} bytes, not ${size}`);
  }
  if (input.digest !== digest) throw new ImageError(ErrorCode.Corrupt, `blob ${digest}: its bytes are ${input.digest}`);
  // Images that call a plain layer gzip are about, and containerd unpacks them: it looks at the bytes wherever it decompresses.
  if (compressionOf(mediaType) === "none" && compression !== "none") {
    throw new ImageError(ErrorCode.Corrupt, `blob ${digest}: is ${compression}, and its type is ${mediaType}`);
  }
}
