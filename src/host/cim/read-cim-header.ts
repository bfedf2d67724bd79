/** The header of a CIM that is a file of this machine. */
import { closeSync, openSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { readAt } from "../image-file.ts";
import { CIM_HEADER_SIZE, type CimHeader, cimHeaderSize, parseCimHeader } from "./cim-header.ts";

/**
 * @returns undefined where there is no such file
 * @throws ImageError  Corrupt: it is no CIM
 */
export function readCimHeader(path: string): CimHeader | undefined {
  const bytes = readStart(path);
  if (bytes === undefined) return undefined;
  const header = parseCimHeader(bytes);
  if (header !== undefined) return header;
  throw new ImageError(
    ErrorCode.Corrupt,
    `${path}: is no CIM: it does not begin with a header of ${CIM_HEADER_SIZE} bytes and all parents that it counts`,
  );
}

/** @returns undefined where it is no CIM, or not there */
export function cimHeaderAt(path: string): CimHeader | undefined {
  const bytes = readStart(path);
  return bytes && parseCimHeader(bytes);
}

/** As much of a file as is a header; fewer bytes where it ends. */
function readStart(path: string): Uint8Array | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const start = readUpTo(file, CIM_HEADER_SIZE);
      return start.length === CIM_HEADER_SIZE ? readUpTo(file, cimHeaderSize(start)) : start;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw toImageError(path, error);
  }
}

function readUpTo(file: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readAt(file, 0, bytes));
}
