/** A layer goes into the content store. */
import { createHash, randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import type { Compression } from "../compression.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { compressionOf, OCI_LAYER } from "../oci/media-type.ts";
import type { CompareOptions, ContentStore, ContentWriter, Descriptor } from "./differ.ts";

/** By it containerd knows the diff id of a compressed blob. */
const UNCOMPRESSED_LABEL = "containerd.io/uncompressed";

const OPERATING_SYSTEM_AT = 9; // RFC 1952, 2.3
const ANY_SYSTEM = 255;

/**
 * Writes `archive`, compressed as the media type says: equal archives give equal blobs, on one version of Node.
 *
 * @throws ImageError  Unsupported: the media type, or this Node has no zstd; what `archive` and `content` fail with. Nothing
 *                     is kept then.
 */
export async function keepLayer(
  content: ContentStore,
  archive: AsyncIterable<Uint8Array>,
  options: CompareOptions,
): Promise<Descriptor> {
  const { mediaType = `${OCI_LAYER}+gzip`, reference = `layer-${randomUUID()}`, signal } = options;
  const compression = writtenCompression(mediaType);
  const compressor = startCompressor(compression);
  const writer = await content.write(reference, signal);
  try {
    const { diffId, digest, size } = await write(archive, compressor, writer, compression, signal);
    await writer.commit(size, digest, new Map([...(options.labels ?? []), [UNCOMPRESSED_LABEL, diffId]]));
    return { mediaType, digest, size };
  } catch (error) {
    await writer.abort().catch(() => {}); // what failed first is what the caller hears of
    throw signal?.aborted ? signal.reason : toImageError("compare", error);
  }
}

function writtenCompression(mediaType: string): Compression {
  const compression = compressionOf(mediaType);
  return compression === "any" ? "none" : compression;
}

interface Written {
  readonly diffId: string;
  readonly digest: string;
  readonly size: number;
}

async function write(
  archive: AsyncIterable<Uint8Array>,
  compressor: Duplex | undefined,
  writer: ContentWriter,
  compression: Compression,
  signal: AbortSignal | undefined,
): Promise<Written> {
  const layer = createHash("sha256");
  const blob = createHash("sha256");
  let size = 0;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const bytes of archive) {
      layer.update(bytes);
      yield bytes;
    }
  }
  async function keep(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const bytes of pieces) {
      if (size === 0 && compression === "gzip") bytes[OPERATING_SYSTEM_AT] = ANY_SYSTEM; // zlib names the one that it runs on
      blob.update(bytes);
      size += bytes.length;
      await writer.write(bytes);
    }
  }
  const options = signal ? { signal } : {};
  if (compressor) await pipeline(hashed, compressor, keep, options);
  else await pipeline(hashed, keep, options);
  return { diffId: `sha256:${layer.digest("hex")}`, digest: `sha256:${blob.digest("hex")}`, size };
}

function startCompressor(compression: Compression): Duplex | undefined {
  if (compression === "none") return undefined;
  if (compression === "gzip") return zlib.createGzip();
  const { createZstdCompress } = zlib as unknown as { createZstdCompress?: () => Duplex };
  if (createZstdCompress) return createZstdCompress();
  throw new ImageError(ErrorCode.Unsupported, `zstd: is written from Node 22.15 on, this is ${process.version}`);
}
