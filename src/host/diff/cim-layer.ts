/**
 * What writes layers of Windows containers as CIMs must offer its differ.
 *
 * Source: hcsshim, internal/wclayer/cim.
 */
import type { BlobRead } from "./blob.ts";

export interface CimLayer {
  /** The snapshot's directory: hives, and what else Windows wants to see as files. */
  readonly directory: string;

  /** Path of the CIM. Its regions and object ids stand beside it. */
  readonly cim: string;

  /** Layers below, the nearest first. */
  readonly parents: readonly Omit<CimLayer, "parents">[];
}

/**
 * Makes `layer` of a tar, plain or compressed, which is read to its very end.
 *
 * @param accept  to be called when all was read, before anything has its name: what it throws, the writer throws
 * @throws ImageError  and nothing is left
 */
export type WriteCimLayer = (
  blob: AsyncIterable<Uint8Array>,
  layer: CimLayer,
  accept: (read: BlobRead) => void,
  signal: AbortSignal | undefined,
) => Promise<BlobRead>;
