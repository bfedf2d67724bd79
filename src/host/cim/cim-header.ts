/**
 * What the header of a CIM says without a look into its regions: which sets of them it has, its own and its parents'.
 *
 * Source: hcsshim, internal/cimfs/format: a header begins with "cimfile0"; at 0x20 stands the set of the CIM's own regions, a
 * GUID in Windows's order of bytes and their count; from 0x48 on those of its parents, the oldest first.
 */
import { closeSync, openSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { uuidText } from "../hex.ts";
import { readAt } from "../image-file.ts";

const MAGIC = "cimfile0";
const HEADER_SIZE = 72;
const FILE_TYPE_AT = 0x0c;
const REGIONS_AT = 0x20;
const PARENT_COUNT_AT = 0x46;
const REGION_SET_SIZE = 24;
const GUID_SIZE = 16;

/** Region files of one writing, numbered from 0. */
export interface StoredRegionSet {
  /** As it stands in the names of files. */
  readonly guid: string;
  readonly count: number;
}

export interface CimHeader {
  readonly regions: StoredRegionSet;

  /** The oldest first. */
  readonly parents: readonly StoredRegionSet[];
}

/**
 * @returns undefined where there is no such file
 * @throws ImageError  Corrupt: it is no CIM
 */
export function readCimHeader(path: string): CimHeader | undefined {
  const bytes = readStart(path);
  if (bytes === undefined) return undefined;
  const header = parseHeader(bytes);
  if (header !== undefined) return header;
  throw new ImageError(
    ErrorCode.Corrupt,
    `${path}: is no CIM: it does not begin with a header of ${HEADER_SIZE} bytes and all parents that it counts`,
  );
}

/** @returns undefined where it is no CIM, or not there */
export function cimHeaderAt(path: string): CimHeader | undefined {
  const bytes = readStart(path);
  return bytes && parseHeader(bytes);
}

/** Names of its region files and their object ids, in pairs. */
export function regionFileNames({ guid, count }: StoredRegionSet): string[] {
  return Array.from({ length: count }, (_, index) => [`region_${guid}_${index}`, `objectid_${guid}_${index}`]).flat();
}

function parseHeader(bytes: Buffer): CimHeader | undefined {
  if (bytes.length < HEADER_SIZE || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return undefined;
  if (bytes[FILE_TYPE_AT] !== 0) return undefined; // regions and object ids begin alike
  const parents = bytes.readUInt16LE(PARENT_COUNT_AT);
  if (bytes.length < HEADER_SIZE + parents * REGION_SET_SIZE) return undefined;
  return {
    regions: regionSetAt(bytes, REGIONS_AT),
    parents: Array.from({ length: parents }, (_, index) => regionSetAt(bytes, HEADER_SIZE + index * REGION_SET_SIZE)),
  };
}

function regionSetAt(bytes: Buffer, at: number): StoredRegionSet {
  return { guid: guidText(bytes.subarray(at, at + GUID_SIZE)), count: bytes.readUInt16LE(at + GUID_SIZE) };
}

/** As much of a file as is a header; fewer bytes where it ends. */
function readStart(path: string): Buffer | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const start = readUpTo(file, HEADER_SIZE);
      const isWhole = start.length === HEADER_SIZE;
      return isWhole ? readUpTo(file, HEADER_SIZE + start.readUInt16LE(PARENT_COUNT_AT) * REGION_SET_SIZE) : start;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw toImageError(path, error);
  }
}

function readUpTo(file: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readAt(file, 0, bytes));
}

/** The text of a GUID that Windows stored. */
export function guidText(bytes: Uint8Array): string {
  return uuidText(windowsGuid(bytes));
}

/** Turns the bytes of a GUID from the order of its text into that in which Windows stores it, and back: three little-endian fields first. */
export function windowsGuid(bytes: Uint8Array): Uint8Array {
  const turned = Uint8Array.from(bytes);
  turned.subarray(0, 4).reverse();
  turned.subarray(4, 6).reverse();
  turned.subarray(6, 8).reverse();
  return turned;
}
