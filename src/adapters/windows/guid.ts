/** GUIDs: as text, and as Windows keeps them, a little-endian u32, two little-endian u16, then eight bytes in their order. */
import koffi from "koffi";
import { ErrorCode, ImageError } from "../../host/errors.ts";

/** guiddef.h. Bytes in a structure: koffi takes and gives 16 of them. */
export const GUID = koffi.array("uint8_t", 16, "Typed");

const TEXT = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;

/**
 * @param text  such as "738f7a76-5f2d-5fc5-aa43-120530a48964"
 * @throws ImageError  InvalidArgument: it is no GUID
 */
export function guidBytes(text: string): Buffer {
  if (!TEXT.test(text)) throw new ImageError(ErrorCode.InvalidArgument, `${text}: is no GUID`);
  return windowsOrder(Buffer.from(text.replaceAll("-", ""), "hex"));
}

/** @param bytes  16, as Windows has them */
export function guidText(bytes: Uint8Array): string {
  return windowsOrder(Buffer.from(bytes))
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Turns the bytes of a GUID from the order of its text into Windows's, or back. */
function windowsOrder(bytes: Buffer): Buffer {
  bytes.subarray(0, 4).swap32();
  bytes.subarray(4, 8).swap16();
  return bytes;
}
