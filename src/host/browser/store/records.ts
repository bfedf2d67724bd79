/** What is remembered of finished images, and of the files that they were made of. */
import type { Compression } from "../../compression.ts";
import type { ConvertResult } from "../../conversion.ts";
import type { DiskResult } from "../../disk-writing.ts";
import type { RootfsResult } from "../../merging.ts";
import { type ImageKind, sha256Hex } from "./image-id.ts";

export interface ImageRecord {
  readonly id: string;
  readonly kind: ImageKind;
  readonly inputs: readonly string[];
  /** As the caller gave them, to be shown. */
  readonly options: object;
  readonly title: string;
  /** Name of its file in the store's directory. */
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Of the file when it was finished; who writes into it changes that. Milliseconds since 1970, as `made` is. */
  readonly modified: number;
  readonly made: number;
  readonly result: ConvertResult | RootfsResult | DiskResult;
}

/** A source that was converted before, whole. All but its fingerprint was computed on the way. */
export interface InputRecord {
  readonly fingerprint: string;
  /** Bytes of the source. */
  readonly size: number;
  readonly digest: string;
  readonly diffId: string;
  readonly diffSize: number;
  readonly compression: Compression;
}

/** All that is remembered. */
export interface Contents {
  /** By their ids. */
  readonly images: ReadonlyMap<string, ImageRecord>;
  /** By their fingerprints. */
  readonly inputs: ReadonlyMap<string, InputRecord>;
  /** When an image was last given out, by its id. Milliseconds since 1970. */
  readonly uses: ReadonlyMap<string, number>;
  /** Keys of what cannot be read, or is of no use any more. */
  readonly waste: readonly unknown[];
}

/** A record on the disk: with a digest of its key and itself, so that nothing else is ever taken for it. */
export interface Sealed {
  readonly text: string;
  readonly digest: string;
}

/** Changes whenever the records do. */
const FORM = "1";

export const imageKey = (id: string): string => `image ${id}`;
export const inputKey = (fingerprint: string): string => `input ${fingerprint}`;
export const useKey = (id: string): string => `used ${id}`;

export async function seal(key: string, record: ImageRecord | InputRecord): Promise<Sealed> {
  const text = JSON.stringify(record);
  return { text, digest: await sealOf(key, text) };
}

/** @returns nothing if it is damaged, or not ours; what it is, its key tells */
async function unseal(key: unknown, value: unknown): Promise<(ImageRecord & InputRecord) | undefined> {
  const { text, digest } = (value ?? {}) as Partial<Sealed>;
  if (typeof text !== "string" || digest !== (await sealOf(key, text))) return undefined;
  return JSON.parse(text);
}

function sealOf(key: unknown, text: string): Promise<string> {
  return sha256Hex(JSON.stringify([FORM, key, text]));
}

/** Makes sense of all entries of an index, whatever stands there. */
export async function contentsOf(entries: readonly (readonly [key: unknown, value: unknown])[]): Promise<Contents> {
  const images = new Map<string, ImageRecord>();
  const inputs = new Map<string, InputRecord>();
  const uses = new Map<string, number>();
  const damaged: unknown[] = [];
  await Promise.all(
    entries.map(async ([key, value]) => {
      const [kind, id] = typeof key === "string" ? key.split(" ", 2) : [];
      if (kind === "used" && id && Number.isFinite(value)) uses.set(id, value as number);
      else {
        const record = await unseal(key, value);
        if (kind === "image" && record) images.set(id!, record);
        else if (kind === "input" && record) inputs.set(id!, record);
        else damaged.push(key);
      }
    }),
  );
  return { images, inputs, uses, waste: [...damaged, ...uselessKeys(images, inputs, uses)] };
}

/** Inputs that no image is made of, and uses of images that are gone. */
function uselessKeys(images: Contents["images"], inputs: Contents["inputs"], uses: Contents["uses"]): string[] {
  const used = new Set([...images.values()].flatMap((image) => image.inputs));
  return [
    ...[...inputs.values()].filter(({ diffId }) => !used.has(diffId)).map(({ fingerprint }) => inputKey(fingerprint)),
    ...[...uses.keys()].filter((id) => !images.has(id)).map(useKey),
  ];
}

/** When the image was last given out, or made. */
export function lastUseOf({ id, made }: ImageRecord, { uses }: Contents): number {
  return Math.max(uses.get(id) ?? 0, made);
}

/** The images of `contents`, those first that have not been asked for the longest. */
export function byLastUse(contents: Contents): ImageRecord[] {
  const order = (a: ImageRecord, b: ImageRecord) =>
    lastUseOf(a, contents) - lastUseOf(b, contents) || (a.id < b.id ? -1 : 1);
  return [...contents.images.values()].sort(order);
}

/** Bytes of all images. */
export function bytesOf({ images }: Contents): number {
  let bytes = 0;
  for (const { size } of images.values()) bytes += size;
  return bytes;
}
