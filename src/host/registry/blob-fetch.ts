/**
 * Fetches blobs: from where an earlier answer broke off, with the digest over all of it.
 *
 * Source: OCI distribution specification 1.1, "Pulling blobs"; RFC 9110, 14 "Range Requests".
 */
import { ErrorCode, ImageError } from "../errors.ts";
import type { BlobPart } from "../oci/blob-part.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { Passing } from "./failure.ts";
import type { HttpResponse } from "./http-client.ts";
import type { Registry } from "./registry.ts";
import type { RegistryServer } from "./registry-server.ts";

const OK = 200;
const PARTIAL = 206;
const PAST_ITS_END = 416;

export interface BlobFetchOptions {
  readonly signal: AbortSignal | undefined;

  /** Is told how many bytes came, as they come. */
  readonly onBytes: (length: number) => void;
}

/**
 * Brings `part` to its end.
 *
 * @throws ImageError  Corrupt: what the registry has is not `blob`; NotFound; as connections have it
 */
export async function fetchBlob(
  registry: Registry,
  blob: Descriptor,
  part: BlobPart,
  { signal, onBytes }: BlobFetchOptions,
): Promise<void> {
  const subject = `blob ${blob.digest}`;
  await registry.ask(
    async (server) => {
      if (part.size < blob.size) await receive(server, subject, blob, part, { signal, onBytes });
      await finish(`${server.name}: ${subject}`, blob, part);
    },
    signal,
    () => part.size,
  );
}

async function receive(
  server: RegistryServer,
  subject: string,
  blob: Descriptor,
  part: BlobPart,
  { signal, onBytes }: BlobFetchOptions,
): Promise<void> {
  const whole = `${server.name}: ${subject}`;
  const headers: Record<string, string> = part.size === 0 ? {} : { Range: `bytes=${part.size}-` };
  const good = part.size === 0 ? [OK] : [OK, PARTIAL, PAST_ITS_END];
  const response = await server.get(`blobs/${blob.digest}`, subject, good, headers, signal);
  try {
    placePart(whole, response, blob, part);
    part.beginPiece();
    await server.reading(subject, signal, async () => {
      for await (const chunk of response.body) {
        if (part.size + chunk.length > blob.size) throw tooLong(whole, blob, part);
        part.write(chunk);
        onBytes(chunk.length);
      }
    });
  } finally {
    response.close();
  }
  if (part.size < blob.size) throw new Passing(`${whole}: the answer ends after ${part.size} of ${blob.size} bytes`);
}

/** Makes sure that what comes goes on where `part` ends. */
function placePart(subject: string, { status, headers }: HttpResponse, blob: Descriptor, part: BlobPart): void {
  if (status === PAST_ITS_END) {
    part.restart();
    throw new Passing(`${subject}: the registry has no bytes from there on`);
  }
  if (status === OK) {
    part.restart(); // it knows no ranges
    const length = headers["content-length"];
    if (length !== undefined && Number(length) !== blob.size) {
      throw new ImageError(ErrorCode.Corrupt, `${subject}: has ${length} bytes, and ${blob.size} by its descriptor`);
    }
    return;
  }
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  if (Number(from) === part.size && (total === "*" || Number(total) === blob.size)) return;
  part.restart();
  throw new Passing(`${subject}: other bytes come than those that were asked for`);
}

/** Holds what came against what it should be, and gives it its name. */
async function finish(subject: string, blob: Descriptor, part: BlobPart): Promise<void> {
  const { digest, isMixed } = part;
  if (digest === blob.digest) return part.commit();
  part.restart();
  if (isMixed) throw new Passing(`${subject}: its pieces do not fit together`);
  throw new ImageError(ErrorCode.Corrupt, `${subject}: its bytes are ${digest}`);
}

function tooLong(subject: string, blob: Descriptor, part: BlobPart): ImageError {
  part.restart();
  return new ImageError(ErrorCode.Corrupt, `${subject}: has more than the ${blob.size} bytes of its descriptor`);
}
