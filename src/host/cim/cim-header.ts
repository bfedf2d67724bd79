/**
 * What the header of a CIM says without a look into its regions: which sets of them it has, its own and its parents'.
 *
 * Source: hcsshim, internal/cimfs/format: a header begins with "cimfile0"; at 0x20 stands the set of the CIM's own regions, a
 * GUID in Windows's order of bytes and their count; from 0x48 on those of its parents, the oldest first.
 */
import { CimFile } from "../../../assembly/abi.ts";
import { uuidText } from "../hex.ts";

/** "cimfile0" */
const MAGIC = 0x63696d66_696c6530n;
const FILE_TYPE_AT = 0x0c;
const REGIONS_AT = 0x20;
const PARENT_COUNT_AT = 0x46;
const REGION_SET_SIZE = 24;
const GUID_SIZE = 16;

/** Bytes that every header has. */
export const CIM_HEADER_SIZE = 72;

/** The files of a CIM: itself, then the others as `regionFileNames` has them. */
export const CIM_FILES: readonly CimFile[] = [
  CimFile.Header,
  CimFile.MetadataRegion,
  CimFile.MetadataObjectIds,
  CimFile.DataRegion,
  CimFile.DataObjectIds,
];

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

/** Names of its region files and their object ids, in pairs. */
export function regionFileNames({ guid, count }: StoredRegionSet): string[] {
  return Array.from({ length: count }, (_, index) => [`region_${guid}_${index}`, `objectid_${guid}_${index}`]).flat();
}

/** Whether that is the name of a region, or of object ids. A CIM may be called `region_1.cim`. */
export function isRegionFile(name: string): boolean {
  return /^(region|objectid)_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}_\d+$/i.test(name);
}

/** Bytes of a header that begins with `start`, its parents with it. @param start  CIM_HEADER_SIZE bytes */
export function cimHeaderSize(start: Uint8Array): number {
  return CIM_HEADER_SIZE + viewOf(start).getUint16(PARENT_COUNT_AT, true) * REGION_SET_SIZE;
}

/** @param bytes  a header, and what follows it. @returns undefined where that is none, or not all of one */
export function parseCimHeader(bytes: Uint8Array): CimHeader | undefined {
  const view = viewOf(bytes);
  if (bytes.length < CIM_HEADER_SIZE || view.getBigUint64(0) !== MAGIC) return undefined;
  if (bytes[FILE_TYPE_AT] !== 0) return undefined; // regions and object ids begin alike
  const size = cimHeaderSize(bytes);
  if (bytes.length < size) return undefined;
  const parents: StoredRegionSet[] = [];
  for (let at = CIM_HEADER_SIZE; at < size; at += REGION_SET_SIZE) parents.push(regionSetAt(view, at));
  return { regions: regionSetAt(view, REGIONS_AT), parents };
}

function regionSetAt(view: DataView, at: number): StoredRegionSet {
  const guid = new Uint8Array(view.buffer, view.byteOffset + at, GUID_SIZE);
  return { guid: guidText(guid), count: view.getUint16(at + GUID_SIZE, true) };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

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
