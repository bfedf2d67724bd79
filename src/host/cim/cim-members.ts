/** A CIM that is made, as files that go somewhere: its own, and what Windows wants as files beside it. */
import type { CimFile } from "../../../assembly/abi.ts";
import { CIM_FILES } from "./cim-header.ts";
import type { CimLayerCore } from "./cim-layer-core.ts";
import type { ConvertCimResult } from "./cim-result.ts";

export interface CimMember {
  /** From where the CIM goes, with `/`. */
  readonly name: string;

  /** Bytes. */
  readonly size: number;

  /** A member before it, whose other name this is. */
  readonly link?: string;

  /** Its bytes, piece by piece: windows, valid until the next one is asked for. */
  read(): Iterable<Uint8Array>;
}

/** What was written of a file, piece by piece. */
export type ReadWritten = (file: CimFile, size: number) => Iterable<Uint8Array>;

/**
 * All files of a CIM, itself last: whoever sees it finds the others.
 *
 * @param core    that has made it
 * @param folder  where what stands beside it goes; default: nowhere
 */
export function membersOf(
  core: CimLayerCore,
  { files }: ConvertCimResult,
  written: ReadWritten,
  folder: string | undefined,
): CimMember[] {
  const own = files.map(({ name, size }, index) => ({ name, size, read: () => written(CIM_FILES[index]!, size) }));
  const beside = folder === undefined ? [] : core.hostFiles();
  return [
    ...beside.map(({ path, link, size, read }) => ({
      name: `${folder}/${path}`,
      size,
      ...(link !== "" && { link: `${folder}/${link}` }),
      read,
    })),
    ...own.slice(1),
    own[0]!,
  ];
}
