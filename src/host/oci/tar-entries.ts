/** What stands where in a tar: its headers are read one after another, and bodies passed over. */
import { textOf } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { RandomAccess } from "../random-access.ts";
import { TAR_BLOCK_SIZE } from "../tar-checksum.ts";
import { shown } from "./shown.ts";
import { parseHeader, type TarHeader } from "./tar-header.ts";
import { parseRecords, type TarOverride } from "./tar-records.ts";

export type TarEntryKind = "file" | "directory" | "symlink" | "hard link" | "device or pipe" | "unknown";

export interface TarEntry {
  readonly name: string;
  readonly kind: TarEntryKind;

  /** Where a link leads. */
  readonly link: string;

  /** Byte of the archive where its data begins. */
  readonly position: number;

  /** Bytes of its data. */
  readonly size: number;
}

/** Bytes of an extended header or a long name. */
const LARGEST_EXTENSION = 1024 ** 2;
/** Extended headers and long names before an entry. Archivers write three at most. */
const MOST_EXTENSIONS = 16;

const KINDS: Readonly<Record<string, TarEntryKind>> = {
  "": "file", // the NUL of the oldest archives
  "0": "file",
  "7": "file",
  "1": "hard link",
  "2": "symlink",
  "3": "device or pipe",
  "4": "device or pipe",
  "5": "directory",
  "6": "device or pipe",
};

/** GNU's type for a sparse file; its map goes on in blocks of their own. */
const OLD_SPARSE = "S";

/** They have a size in some archives, and never data. */
const WITHOUT_DATA: ReadonlySet<TarEntryKind> = new Set(["hard link", "symlink", "device or pipe", "directory"]);

/**
 * @param path  of the archive, for messages
 * @throws ImageError  Corrupt
 */
export function* tarEntries(archive: RandomAccess, path: string): Generator<TarEntry> {
  const { size } = archive;
  let override: TarOverride = {};
  let extensions = 0;
  for (let at = 0; ; ) {
    const subject = `${path}: header at ${at}`;
    const block = readBlock(archive, path, at);
    if (block === undefined) return;
    const header = at === 0 ? parseFirstHeader(block, path) : parseHeader(block, subject);
    const body = at + TAR_BLOCK_SIZE;
    if (isExtension(header.type)) {
      assertReaches(body, header.size, size, subject);
      if (++extensions > MOST_EXTENSIONS) throw tooExtended(subject);
      merge(override, readExtension(archive, body, header, subject), header.type, subject);
      at = body + roundUp(header.size);
      continue;
    }
    const entry = entryOf(header, override, body, subject);
    assertReaches(entry.position, entry.size, size, `${subject} (${shown(entry.name)})`);
    yield entry;
    at = body + roundUp(entry.size);
    override = {};
    extensions = 0;
  }
}

function tooExtended(subject: string): ImageError {
  return new ImageError(
    ErrorCode.OutOfRange,
    `${subject}: is the ${MOST_EXTENSIONS + 1}th in a row that only extends another`,
  );
}

/** What has no sound header at its start is some other file. */
function parseFirstHeader(block: Uint8Array, path: string): TarHeader {
  try {
    return parseHeader(block, `${path}: header at 0`);
  } catch (error) {
    throw new ImageError(ErrorCode.Unsupported, `${path}: is neither a directory nor a tar archive`, error);
  }
}

/** @returns undefined at the end, which two blocks of zeros mark; many archives lack one of them or both */
function readBlock(archive: RandomAccess, path: string, at: number): Uint8Array | undefined {
  if (at >= archive.size) return undefined;
  if (at + TAR_BLOCK_SIZE > archive.size) {
    throw new ImageError(ErrorCode.Corrupt, `${path}: header at ${at}: the archive ends within it`);
  }
  const block = new Uint8Array(TAR_BLOCK_SIZE);
  archive.read(at, block);
  return block.every((byte) => byte === 0) ? undefined : block;
}

function isExtension(type: string): boolean {
  return /^[xXgLK]$/.test(type); // X is what Solaris wrote before there was an x
}

/** Of an extension that the archive reaches to the end of. */
function readExtension(archive: RandomAccess, at: number, { type, size }: TarHeader, subject: string): TarOverride {
  if (size > LARGEST_EXTENSION) {
    throw new ImageError(
      ErrorCode.OutOfRange,
      `${subject}: is extended by ${size} bytes, more than ${LARGEST_EXTENSION}`,
    );
  }
  const body = new Uint8Array(size);
  archive.read(at, body);
  if (type === "L") return { name: upToNul(body) };
  return type === "K" ? { link: upToNul(body) } : parseRecords(body, subject);
}

/** Where two say it differently, or one for all entries, readers disagree on what is meant. */
function merge(into: TarOverride, found: TarOverride, type: string, subject: string): void {
  for (const [name, value] of Object.entries(found)) {
    const before = into[name as keyof TarOverride];
    if (type !== "g" && (before === undefined || before === value)) continue;
    const what = type === "g" ? `says the ${name} of all entries` : `says another ${name} of its entry than one before`;
    throw new ImageError(ErrorCode.Corrupt, `${subject}: ${what}`);
  }
  Object.assign(into, found);
}

function upToNul(body: Uint8Array): string {
  const end = body.indexOf(0);
  return textOf(end < 0 ? body : body.subarray(0, end));
}

function entryOf(header: TarHeader, override: TarOverride, position: number, subject: string): TarEntry {
  const name = override.name ?? header.name;
  const kind = KINDS[header.type] ?? "unknown";
  if (override.sparse || header.type === OLD_SPARSE) throw sparseError(name, subject);
  return {
    name,
    kind: kind === "file" && name.endsWith("/") ? "directory" : kind, // the oldest archives know no other way
    link: override.link ?? header.link,
    position,
    size: WITHOUT_DATA.has(kind) ? 0 : (override.size ?? header.size),
  };
}

/** What it holds is not what stands in the archive. */
function sparseError(name: string, subject: string): ImageError {
  const advice = "make the archive without --sparse";
  return new ImageError(ErrorCode.Unsupported, `${subject}: ${shown(name)} is stored as a sparse file; ${advice}`);
}

function assertReaches(position: number, size: number, end: number, subject: string): void {
  if (position + size > end) throw cutOff(subject);
}

function cutOff(subject: string): ImageError {
  return new ImageError(ErrorCode.Corrupt, `${subject}: the archive ends before its data does`);
}

function roundUp(size: number): number {
  return Math.ceil(size / TAR_BLOCK_SIZE) * TAR_BLOCK_SIZE;
}
