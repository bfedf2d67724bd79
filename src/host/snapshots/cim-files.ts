/** What a CIM takes of the disk: its header, and the regions with their object ids that it names. Those of its parents are theirs. */
import { rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { regionFileNames } from "../cim/cim-header.ts";
import { readCimHeader } from "../cim/read-cim-header.ts";
import { toImageError } from "../errors.ts";

/** Bytes of its regions and object ids; 0 where there is no such CIM. @throws ImageError  Corrupt */
export async function cimSize(cim: string): Promise<number> {
  let size = 0;
  for (const path of regionFiles(cim)) {
    try {
      size += (await stat(path)).size;
    } catch (error) {
      throw toImageError(path, error);
    }
  }
  return size;
}

/** The header goes last: it alone knows the names of the others, should this come to an end half-way. */
export async function removeCim(cim: string): Promise<void> {
  for (const path of [...regionFiles(cim), cim]) {
    await rm(path, { force: true }).catch((error) => {
      throw toImageError(path, error);
    });
  }
}

function regionFiles(cim: string): string[] {
  const header = readCimHeader(cim);
  return header === undefined ? [] : regionFileNames(header.regions).map((name) => join(dirname(cim), name));
}
