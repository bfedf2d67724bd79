/** Digests and UUIDs, as people write them. */
import { ErrorCode, ImageError } from "./errors.ts";

const UUID = /^[\da-f]{8}(-?)[\da-f]{4}\1[\da-f]{4}\1[\da-f]{4}\1[\da-f]{12}$/i;

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** @param what  for the message. @throws ImageError  InvalidArgument if `text` is not `length` bytes in hex */
export function bytesOf(what: string, text: string, length: number): Uint8Array {
  if (text.length === 2 * length && /^[\da-f]*$/i.test(text)) return Buffer.from(text, "hex");
  throw new ImageError(ErrorCode.InvalidArgument, `${what}: "${text}" is not ${2 * length} hex digits`);
}

/** 16 bytes with the dashes of a UUID. */
export function uuidText(bytes: Uint8Array): string {
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The bytes of a UUID, with or without dashes. @param what  for the message. @throws ImageError  InvalidArgument if it is none */
export function uuidBytes(text: string, what = "uuid"): Uint8Array {
  if (UUID.test(text)) return Buffer.from(text.replaceAll("-", ""), "hex");
  throw new ImageError(ErrorCode.InvalidArgument, `${what}: "${text}" is not 32 hex digits`);
}
