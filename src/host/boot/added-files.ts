/** Files that a container image does not have, as one more layer of it. */
import { BLOCK_SIZE, encodeEntry, padding } from "../archive/pax.ts";
import { ErrorCode, ImageError } from "../errors.ts";

export interface AddedFile {
  /** From the root, with or without a slash before it. Directories that are not there are made. */
  readonly path: string;
  readonly content: string;
  /** Default: 0o644. */
  readonly mode?: number;
}

const MILLISECOND = 1_000_000n;

/**
 * An uncompressed layer of `files`, which root owns.
 *
 * @param created  the time of all of them, as RFC 3339 has it; 1970 where that is unknown, or before
 * @throws ImageError  InvalidArgument: a path that names no file in an image
 */
export function encodeFiles(files: readonly AddedFile[], created: string | undefined): Uint8Array {
  const time = Date.parse(created ?? "");
  const mtime = time > 0 ? BigInt(time) * MILLISECOND : 0n; // zero in Go is a time of the year 1
  const members = files.map(({ path, content, mode = 0o644 }) => {
    const body = Buffer.from(content);
    const name = Buffer.from(nameOf(path));
    const header = encodeEntry({ type: "file", name, mode, uid: 0, gid: 0, size: body.length, mtime });
    return Buffer.concat([header, body, padding(body.length)]);
  });
  return Buffer.concat([...members, Buffer.alloc(2 * BLOCK_SIZE)]);
}

/** As an archive has it. Names of whiteouts would delete, not add. */
function nameOf(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const isWrong = parts.length === 0 || path.endsWith("/") || path.includes("\0") || parts.some(isForbidden);
  if (isWrong) throw new ImageError(ErrorCode.InvalidArgument, `${JSON.stringify(path)}: is not the path of a file`);
  return parts.join("/");
}

const isForbidden = (part: string): boolean => part === ".." || part.startsWith(".wh.");
