/**
 * Layers go into snapshots, and come out of them.
 *
 * *Apply* writes a layer into a prepared snapshot; *compare* makes a layer of what one snapshot has over another. Each
 * differ knows the mounts of its own snapshotter, and says Unsupported of others, so that the next may be asked.
 *
 * Source: containerd, core/diff/diff.go.
 */
import type { Mount } from "../platform.ts";

/** A blob by what it is called: OCI's descriptor. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:…` */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: ReadonlyMap<string, string>;
}

/** Where blobs are kept, by digest. */
export interface ContentStore {
  /** @throws ImageError  NotFound */
  read(blob: Descriptor, signal?: AbortSignal): AsyncIterable<Uint8Array>;

  /** Begins a blob; `reference` names what is not finished yet. @throws ImageError  AlreadyExists */
  write(reference: string, signal?: AbortSignal): Promise<ContentWriter>;
}

export interface ContentWriter {
  write(bytes: Uint8Array): Promise<void>;

  /** Keeps what was written, under its digest. That it is kept already is no error. */
  commit(size: number, digest: string, labels: ReadonlyMap<string, string>): Promise<void>;

  /** Drops what was written. No effect after `commit`. */
  abort(): Promise<void>;
}

export interface ApplyOptions {
  readonly signal?: AbortSignal;
}

export interface CompareOptions {
  /** Default: application/vnd.oci.image.layer.v1.tar+gzip. */
  readonly mediaType?: string;
  /** What the blob is called while it is written. */
  readonly reference?: string;
  readonly labels?: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal;
}

export interface Differ {
  /**
   * Writes `layer` into the snapshot that `mounts` are of, and reads it to its very end.
   *
   * @returns the layer as it is uncompressed: media type application/vnd.oci.image.layer.v1.tar
   * @throws ImageError  Unsupported: not a layer or not mounts of this differ's; Corrupt. The snapshot has nothing of it then.
   */
  apply(layer: Descriptor, mounts: readonly Mount[], options?: ApplyOptions): Promise<Descriptor>;

  /**
   * Makes a layer of what `upper` has over `lower`, and keeps it.
   *
   * @throws ImageError  Unsupported: not mounts of this differ's
   */
  compare(lower: readonly Mount[], upper: readonly Mount[], options?: CompareOptions): Promise<Descriptor>;
}
