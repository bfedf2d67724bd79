/**
 * The files that a CIM is made of: `<name>.cim`, a header, and the regions with their object ids that it names.
 *
 * Source: hcsshim, pkg/cimfs and internal/cimfs/format: a header begins with "cimfile0"; at 0x20 stands the set of the CIM's
 * own regions, a GUID in Windows's order of bytes and their count. Regions of parents follow, and belong to those.
 */
import { readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { ifThere } from "../if-there.ts";

const MAGIC = "cimfile0";
const HEADER_SIZE = 72;
const REGIONS_AT = 0x20;
const GUID_SIZE = 16;

/**
 * Its own regions and their object ids, without those of its parents.
 *
 * @returns undefined where there is no such CIM
 * @throws ImageError  Corrupt
 */
export async function cimContents(cim: string): Promise<string[] | undefined> {
  const header = await readHeader(cim);
  if (header === undefined) return undefined;
  if (header.length < HEADER_SIZE || header.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new ImageError(
      ErrorCode.Corrupt,
      `${cim}: is no CIM: it does not begin with a header of ${HEADER_SIZE} bytes`,
    );
  }
  const guid = guidText(header.subarray(REGIONS_AT, REGIONS_AT + GUID_SIZE));
  const count = header.readUInt16LE(REGIONS_AT + GUID_SIZE);
  return Array.from({ length: count }, (_, index) => [`region_${guid}_${index}`, `objectid_${guid}_${index}`])
    .flat()
    .map((name) => join(dirname(cim), name));
}

/** Bytes of its regions and object ids; 0 where there is no such CIM. */
export async function cimSize(cim: string): Promise<number> {
  let size = 0;
  for (const path of (await cimContents(cim)) ?? []) {
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
  for (const path of [...((await cimContents(cim)) ?? []), cim]) {
    await rm(path, { force: true }).catch((error) => {
      throw toImageError(path, error);
    });
  }
}

async function readHeader(cim: string): Promise<Buffer | undefined> {
  try {
    return await ifThere(readFile(cim)); // with its parents a few kilobytes at most
  } catch (error) {
    throw toImageError(cim, error);
  }
}

/** Its first three fields are little-endian. */
function guidText(bytes: Buffer): string {
  const fields = [
    Buffer.from(bytes.subarray(0, 4)).reverse(),
    Buffer.from(bytes.subarray(4, 6)).reverse(),
    Buffer.from(bytes.subarray(6, 8)).reverse(),
    bytes.subarray(8, 10),
    bytes.subarray(10, 16),
  ];
  return fields.map((field) => field.toString("hex")).join("-");
}
