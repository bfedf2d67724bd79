/** Container images from registries, into OCI image layouts. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Descriptor, ImagePlatform } from "../oci/descriptor.ts";
import { asOperation } from "../operation.ts";
import type { Progress } from "../options.ts";
import type { Platform } from "../platform.ts";
import type { Credentials } from "./credentials.ts";
import type { EndpointOptions } from "./endpoint.ts";
import { formatReference, parseReference } from "./reference.ts";
import type { RetryPolicy } from "./retry.ts";

export interface PullOptions extends EndpointOptions {
  /** `os/architecture[/variant][,os version]`. Default: Linux on this machine's architecture. */
  readonly platform?: string;

  /** All that the name stands for, its index with it. */
  readonly allPlatforms?: boolean;

  /** For the registry itself. Default: what docker and podman keep for it, which mirrors are asked with in any case. */
  readonly credentials?: Credentials;

  /** Default: 5 tries in a row, with pauses from 1 s on. */
  readonly retry?: RetryPolicy;

  /** For how long no byte may come. Milliseconds; default 30,000. */
  readonly stallMs?: number;

  readonly signal?: AbortSignal;

  /** Bytes of blobs that are there, and of all that will be. */
  readonly onProgress?: (progress: Progress) => void;

  /** A blob is there and verified. */
  readonly onBlob?: (blob: PulledBlob) => void;

  /** What goes wrong and is tried again, a sentence at a time. */
  readonly onTrouble?: (sentence: string) => void;

  /** This machine, for locks that other containers see. */
  readonly system?: Platform;
}

export interface PulledBlob {
  readonly digest: string;

  /** Bytes. */
  readonly size: number;

  /** Bytes that came for it now: fewer, if some were there before. */
  readonly fetched: number;
}

export interface PulledImage {
  /** Of its manifest. */
  readonly digest: string;

  /** Absent where it does not say. */
  readonly platform?: ImagePlatform;

  /** The lowest first. */
  readonly layers: readonly Pick<Descriptor, "mediaType" | "digest" | "size">[];
}

export interface PullResult {
  /** In full, such as "docker.io/library/alpine:latest". */
  readonly name: string;

  /** What the name stands for: of a manifest, or of an index if all platforms were asked for. */
  readonly digest: string;

  readonly images: readonly PulledImage[];

  /** Bytes of layers and configurations that came from the registry. */
  readonly bytesFetched: number;
}

/**
 * Fetches a container image into the OCI image layout `directory`, which is made unless it is there.
 *
 * Blobs that are there are not fetched again. Each is verified before it has its name; the image is named last. What an earlier
 * run began and did not end is gone on with, and other processes may pull into the same layout.
 *
 * @param reference  as docker reads names: `alpine`, `localhost:5000/a/b:tag`, `ghcr.io/a/b@sha256:…`
 * @throws ImageError  InvalidArgument: no such name can be; NotFound: the registry has no such image, or none for that platform;
 *   PermissionDenied; Corrupt: what it sends is not what it should be; Unsupported: layers that registries may not have,
 *   manifests of long ago; FailedPrecondition: it cannot be reached, or breaks off, or the disk is full
 */
export async function pullImage(reference: string, directory: string, options: PullOptions = {}): Promise<PullResult> {
  const parsed = parseReference(reference);
  if (options.allPlatforms && options.platform !== undefined) {
    throw new ImageError(ErrorCode.InvalidArgument, "platform: one of them, or all, and not both");
  }
  // HTTP takes its time to load, and who imports this library need not speak it.
  const { pull } = await import("./pulling.ts");
  return asOperation(formatReference(parsed), options.signal, () => pull(parsed, directory, options));
}
