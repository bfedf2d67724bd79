/** What a finished image is known by: what it was made of, and how. */
import { hexOf } from "../../hex.ts";
import { VERSION } from "../../version.ts";

export type ImageKind = "layer" | "rootfs" | "disk";

/** What an image is made of and by: equal ones make equal images. */
export interface Recipe {
  readonly kind: ImageKind;

  /** Digests of the contents: diff ids of layers, the lowest first; the fingerprint of a disk. */
  readonly inputs: readonly string[];

  /** With nothing left open, so that it does not matter whether a default was spelled out. */
  readonly options: object;
}

/** Hex digits. Another version of this package may make other bytes of the same, so it is a part of it. */
export async function imageIdOf({ kind, inputs, options }: Recipe): Promise<string> {
  return sha256Hex(canonical({ version: VERSION, kind, inputs, options }));
}

/** SHA-256 of text, in hex. */
export async function sha256Hex(text: string): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

/** JSON of one form: equal values have equal text, in whatever order their members were set; `undefined` is as if not there. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
  }
  // JSON knows neither, and would make one fail and the other null.
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return `"#${value}"`;
  return JSON.stringify(value ?? null);
}
