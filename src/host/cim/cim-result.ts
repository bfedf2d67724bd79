/** What is told of a CIM that was made. */
import { CimResult } from "../../../assembly/abi.ts";
import type { Compression } from "../compression.ts";
import type { Drained } from "../drain.ts";
import type { LayerDigests } from "../layer-digests.ts";
import { CIM_FILES, guidText, regionFileNames } from "./cim-header.ts";
import type { CimLayerCore } from "./cim-layer-core.ts";

/** What wrote a CIM: this library, or Windows itself. */
export type CimWriterName = "layerkiln" | "cimfs";

export interface ConvertCimResult {
  /** Path of the CIM; its name where it is no file of this machine. */
  readonly cim: string;

  readonly writer: CimWriterName;

  /** In the names of its other files, which stand beside it. */
  readonly guid: string;

  /** The CIM's own files: it, its regions and their object ids. */
  readonly files: readonly CimPart[];

  /** Bytes of all of these. */
  readonly size: number;

  /** Entries of the layer. */
  readonly entries: number;

  /** Those that take something away. */
  readonly whiteouts: number;

  /** What the CIM cannot hold as it was. */
  readonly dropped: Dropped;

  readonly hives: HivesMade;

  /** Build of the Windows that the layer has for utility machines. */
  readonly utilityVmBuild?: number;

  /** Digest of the uncompressed layer, as an image's configuration lists it: `sha256:…`. */
  readonly diffId?: string;

  /** Bytes of the uncompressed layer. */
  readonly diffSize: number;

  /** The source as it came. */
  readonly input: { readonly digest?: string; readonly size: number };

  readonly compression: Compression;
}

export interface CimPart {
  readonly name: string;
  readonly size: number;
}

export interface Dropped {
  /** Files of which attributes were left out that a CIM has no place for. */
  readonly attributes: number;

  /** Devices and pipes, which became empty files. */
  readonly devices: number;
}

export interface HivesMade {
  /** Whether all hives are there that a container starts from. */
  readonly complete: boolean;

  /** Hives of the layer below that this one's changes were merged into. */
  readonly merged: number;
}

/** What is known of the layer, beside what the core knows. */
interface LayerRead extends Drained, LayerDigests {
  readonly inputSize: number;
}

/** @param name  of the CIM, with its ending */
export function describeCim(
  core: CimLayerCore,
  name: string,
  { digest, diffId, diffSize, inputSize, compression }: LayerRead,
): ConvertCimResult {
  const guid = guidText(core.guid());
  const regions = (CIM_FILES.length - 1) / 2;
  const names = [name, ...regionFileNames({ guid, count: regions })];
  const files = CIM_FILES.map((file, index) => ({ name: names[index]!, size: core.sizeOf(file) }));
  const utilityVmBuild = core.result(CimResult.UtilityVmBuild);
  return {
    cim: name,
    writer: "layerkiln",
    guid,
    files,
    size: files.reduce((sum, { size }) => sum + size, 0),
    entries: core.result(CimResult.Entries),
    whiteouts: core.result(CimResult.Whiteouts),
    dropped: {
      attributes: core.result(CimResult.DroppedAttributes),
      devices: core.result(CimResult.Devices),
    },
    hives: {
      complete: core.result(CimResult.HivesComplete) === 1,
      merged: core.result(CimResult.MergedHives),
    },
    ...(utilityVmBuild > 0 && { utilityVmBuild }),
    ...(diffId && { diffId }),
    diffSize,
    input: { ...(digest && { digest }), size: inputSize },
    compression,
  };
}
