/**
 * A snapshot as the database holds it: a CRC-32 of its key and text, 4 bytes, big-endian; then the text, JSON. The sum tells a
 * damaged record from one that was written so. Nanoseconds are decimal strings, labels are pairs: both survive as they are.
 */
import { crc32 } from "node:zlib";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Info, Kind, Usage } from "./info.ts";

export interface Snapshot extends Info {
  readonly id: number;

  /** Of committed ones. */
  readonly usage: Usage | undefined;
}

const SUM_SIZE = 4;
const KINDS: readonly string[] = ["view", "active", "committed"] satisfies Kind[];

interface Text {
  id: number;
  kind: string;
  parent?: string;
  created: string;
  updated: string;
  labels?: [string, string][];
  usage?: [inodes: number, size: number];
}

/** @param key  where it will stand; its name is in there, and not in the record */
export function encodeSnapshot(key: Buffer, { id, kind, parent, created, updated, labels, usage }: Snapshot): Buffer {
  const text: Text = { id, kind, created: String(created), updated: String(updated) };
  if (parent !== "") text.parent = parent;
  if (labels.size > 0) text.labels = [...labels];
  if (usage !== undefined) text.usage = [usage.inodes, usage.size];
  return seal(key, text);
}

/** @throws ImageError  Corrupt */
export function decodeSnapshot(key: Buffer, value: Buffer): Snapshot {
  const name = key.toString("utf8", 1);
  const { id, kind, parent = "", created, updated, labels = [], usage } = unseal(key, value) as Text;
  if (!KINDS.includes(kind) || !isId(id)) throw corrupt(key, `has kind ${kind} and id ${id}`);
  return {
    id,
    name,
    kind: kind as Kind,
    parent,
    created: BigInt(created),
    updated: BigInt(updated),
    labels: new Map(labels),
    usage: usage && { inodes: usage[0], size: usage[1] },
  };
}

export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

export function seal(key: Buffer, content: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(content));
  const sum = Buffer.alloc(SUM_SIZE);
  sum.writeUInt32BE(crc32(text, crc32(key)));
  return Buffer.concat([sum, text]);
}

/** @throws ImageError  Corrupt */
export function unseal(key: Buffer, value: Buffer): unknown {
  const text = value.subarray(SUM_SIZE);
  const stored = value.length < SUM_SIZE ? 0 : value.readUInt32BE();
  const computed = crc32(text, crc32(key));
  if (value.length < SUM_SIZE || stored !== computed)
    throw corrupt(key, `has checksum ${stored}, computed ${computed}`);
  return JSON.parse(text.toString());
}

function corrupt(key: Buffer, what: string): ImageError {
  return new ImageError(ErrorCode.Corrupt, `metadata: record ${JSON.stringify(key.toString("utf8", 1))} ${what}`);
}
