/** Digests and UUIDs, as people write them. */
import { ErrorCode, ImageError } from "./errors.ts";

const UUID = /^[\da-f]{8}(-?)[\da-f]{4}\1[\da-f]{4}\1[\da-f]{4}\1[\da-f]{12}$/i;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** @param what  for the message. @throws ImageError  InvalidArgument if `text` is not `length` bytes in hex */
export function bytesOf(what: string, text: string, length: number): Uint8Array {
  if (text.length === 2 * length && /^[\da-f]*$/i.test(text)) return parse(text);
  throw new ImageError(ErrorCode.InvalidArgument, `${what}: "${text}" is not ${2 * length} hex digits`);
}

/** 16 bytes with the dashes of a UUID. */
export function uuidText(bytes: Uint8Array): string {
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The bytes of a UUID, with or without dashes. @param what  for the message. @throws ImageError  InvalidArgument if it is none */
export function uuidBytes(text: string, what = "uuid"): Uint8Array {
  if (UUID.test(text)) return parse(text.replaceAll("-", ""));
  throw new ImageError(ErrorCode.InvalidArgument, `${what}: "${text}" is not 32 hex digits`);
}

function parse(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}
