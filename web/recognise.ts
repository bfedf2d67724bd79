/**
 * What a file is, by its bytes: names lie.
 *
 * Sources: RFC 1952, 2.3.1; RFC 8878, 3.1.1; POSIX.1-2017, pax, "ustar Interchange Format"; ext4, "Super Block";
 * VHD specification, "Hard Disk Footer Format"; MS-VHDX, 2.2.
 */

import { beginsWithTarHeader, TAR_BLOCK_SIZE } from "../build/src/host/tar-checksum.js";

export type Kind = "gzip" | "zlib" | "zstd" | "layer" | "archive" | "disk" | "cim" | "unknown";

const MAGIC_OF_EXT = 1080;
/** An archive of images has a few names of its own before the first of its blobs; then this is settled. */
const MOST_MEMBERS = 4096;

/** Names that archives of container images have at their root; layers have none of these first. */
const OF_ARCHIVES =
  /^(?:\.\/)?(?:oci-layout|index\.json|manifest\.json|repositories|version|blobs\/.*|[0-9a-f]{64}(?:\.json|\.tar|\/.*)|blobs)\/?$/;
/** Bytes of a header that are looked into for the next member's size. */
const MOST_RECORDS = 8192;
const DOCUMENTS = /^(?:\.\/)?(?:oci-layout|index\.json|manifest\.json)$/;

export async function recognise(file: Blob): Promise<Kind> {
  const head = await bytesAt(file, 0, MAGIC_OF_EXT + 2);
  if (startsWith(head, [0x1f, 0x8b])) return "gzip";
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd]) || isSkippableFrame(head)) return "zstd";
  if (textAt(head, 0, 8) === "vhdxfile" || textAt(head, 0, 8) === "conectix") return "disk";
  if (textAt(head, 0, 8) === "cimfile0") return "cim";
  if (head[MAGIC_OF_EXT] === 0x53 && head[MAGIC_OF_EXT + 1] === 0xef) return "disk";
  if (beginsWithTarHeader(head)) return (await isArchive(file)) ? "archive" : "layer";
  if (textAt(await bytesAt(file, file.size - TAR_BLOCK_SIZE, TAR_BLOCK_SIZE), 0, 8) === "conectix") return "disk";
  if ((head[0]! & 0x0f) === 8 && head.length > 1 && ((head[0]! << 8) | head[1]!) % 31 === 0) return "zlib";
  return "unknown";
}

/** Whether a tar's members are those of an archive of images: the first that is none settles it. */
async function isArchive(file: Blob): Promise<boolean> {
  let found = false;
  let saidSize: number | undefined;
  for (let at = 0, members = 0; at < file.size && members < MOST_MEMBERS; members++) {
    const header = await bytesAt(file, at, TAR_BLOCK_SIZE);
    if (!beginsWithTarHeader(header)) break;
    const type = textAt(header, 156, 1);
    let size = sizeOf(header);
    if (type === "x") saidSize = sizeIn(await bytesAt(file, at + TAR_BLOCK_SIZE, Math.min(size, MOST_RECORDS)));
    else if (!/[gLK]/.test(type)) {
      const name = nameOf(header);
      if (!OF_ARCHIVES.test(name)) return found;
      found ||= DOCUMENTS.test(name);
      size = saidSize ?? size;
      saidSize = undefined;
    }
    at += TAR_BLOCK_SIZE + Math.ceil(size / TAR_BLOCK_SIZE) * TAR_BLOCK_SIZE;
  }
  return found;
}

async function bytesAt(file: Blob, at: number, length: number): Promise<Uint8Array> {
  const from = Math.max(at, 0);
  return new Uint8Array(await file.slice(from, from + length).arrayBuffer());
}

function nameOf(header: Uint8Array): string {
  const name = cut(textAt(header, 0, 100));
  const prefix = textAt(header, 257, 5) === "ustar" && header[262] === 0 ? cut(textAt(header, 345, 155)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** In octal digits; what they have no room for, from 8 GiB on, as a number of 95 bits in the way of GNU's. */
function sizeOf(header: Uint8Array): number {
  if (header[124] !== 0x80) return Math.max(Number.parseInt(textAt(header, 124, 12), 8) || 0, 0);
  return header.subarray(125, 136).reduce((size, byte) => size * 256 + byte, 0);
}

/** Of the next member, in records of pax. */
function sizeIn(records: Uint8Array): number | undefined {
  const [, size] = /(?:^|\n)\d+ size=(\d+)\n/.exec(textAt(records, 0, records.length)) ?? [];
  return size === undefined ? undefined : Number(size);
}

const cut = (text: string): string => text.split("\0", 1)[0]!;

/** Frames that decoders pass over; some writers put one first. */
function isSkippableFrame(head: Uint8Array): boolean {
  return (head[0]! & 0xf0) === 0x50 && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18]);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, index) => bytes[index] === byte);
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
