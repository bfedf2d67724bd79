/**
 * Directories that a layer has something in, but does not list. In its image they are owned by root, of mode 0755 and without a
 * time, and would hide what the layers below say of them; who unpacks into a directory that is there keeps what it is.
 *
 * Source: containerd, pkg/archive/tar.go, where missing parents take after those of the layers below. Not the root, neither here
 * nor there.
 */
import { join } from "node:path";
import { OPAQUE } from "../archive/overlay-notes.ts";
import type { TarEntry } from "../archive/pax.ts";
import { ErrorCode, isError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import { openImage } from "../image/open-image.ts";
import type { Stats } from "../image/stats.ts";
import { directories } from "../image/walk.ts";
import { LAYER_IMAGE } from "./layer-image.ts";
import { ownXattrs } from "./layer-root.ts";

const SECOND = 1_000_000_000n;
const SLASH = Buffer.from("/");

/**
 * @param path   of the layer's image, of profile modern
 * @param below  directories of the layers below, the topmost first
 * @returns      what the layers below say of such directories, each before those in it. The layer may list one of them all the
 *               same, in the words of an implied one: these entries must come before its own.
 * @throws ImageError  NotFound, Corrupt: an image
 */
export async function findImpliedDirectories(path: string, below: readonly string[]): Promise<TarEntry[]> {
  if (below.length === 0) return [];
  const implied = await lookedAt([path], ([layer]) => [...impliedIn(layer!)]);
  if (implied.length === 0) return [];
  const images = below.map((directory) => join(directory, LAYER_IMAGE));
  return lookedAt(images, (lower) => implied.flatMap((directory) => seenBelow(directory, lower)));
}

async function lookedAt<T>(paths: readonly string[], look: (images: Image[]) => T): Promise<T> {
  const images: Image[] = [];
  try {
    for (const path of paths) images.push(await openImage(path));
    return look(images);
  } finally {
    for (const image of images) image.close();
  }
}

function* impliedIn(layer: Image): Generator<Buffer> {
  for (const { path } of directories(layer, "/", Buffer.alloc(0))) {
    if (path.length > 0 && looksImplied(layer.stat(path))) yield Buffer.from(path.subarray(SLASH.length));
  }
}

/** The directory as the layers below show it, or nothing: they hide it, or it is one that nobody has described either. */
function seenBelow(path: Buffer, lower: readonly Image[]): TarEntry[] {
  let having = lower;
  for (let end = path.indexOf("/"); ; end = path.indexOf("/", end + 1)) {
    having = havingDirectory(end < 0 ? path : path.subarray(0, end), having);
    if (end < 0) break;
  }
  const stats = having[0]?.stat(path);
  return stats === undefined || looksImplied(stats) ? [] : [describe(path, stats, having[0]!)];
}

/** Those in which the directory is, as far down as nothing hides it. */
function havingDirectory(path: Buffer, images: readonly Image[]): Image[] {
  const found: Image[] = [];
  for (const image of images) {
    const type = typeAt(image, path);
    if (type === undefined) continue;
    if (type !== "directory") break; // a whiteout, or another file
    found.push(image);
    if (isOpaque(image, path)) break;
  }
  return found;
}

function typeAt(image: Image, path: Buffer): Stats["type"] | undefined {
  try {
    return image.stat(path).type;
  } catch (error) {
    if (isError(error, ErrorCode.NotFound)) return undefined;
    throw error;
  }
}

function isOpaque(image: Image, path: Buffer): boolean {
  const value = image.xattrs(path).get(OPAQUE);
  return value !== undefined && Buffer.from(value).equals(Buffer.from("y"));
}

function looksImplied({ mode, uid, gid, mtime }: Stats): boolean {
  return mode === 0o755 && uid === 0 && gid === 0 && mtime.seconds === 0 && mtime.nanoseconds === 0;
}

function describe(path: Buffer, { mode, uid, gid, mtime }: Stats, image: Image): TarEntry {
  return {
    type: "directory",
    name: Buffer.concat([path, SLASH]),
    mode,
    uid,
    gid,
    size: 0,
    mtime: BigInt(mtime.seconds) * SECOND + BigInt(mtime.nanoseconds),
    xattrs: [...ownXattrs(image, path)].map(([name, value]) => [Buffer.from(name), value]),
  };
}
