/** All that an image says of itself and its files, as text: asked in the same way on Node and in a page, to be held against each other. */

/** What both offer, the one at once and the other later. */
export interface Asked {
  readonly format: string;
  list(place: string | { readonly inode: number }): Later<Iterable<AskedEntry>>;
  stat(place: { readonly inode: number }): Later<unknown>;
  xattrs(place: { readonly inode: number }): Later<unknown>;
  extents(place: { readonly inode: number }): Later<unknown>;
  readlink(place: { readonly inode: number }): Later<Uint8Array>;
  read(place: { readonly inode: number }): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  inspect(): Later<unknown>;
  blocks(): Later<unknown>;
  blockMap(): Later<unknown>;
  inspectCim(): Later<unknown>;
  windows(place: { readonly inode: number }): Later<unknown>;
  streams(place: { readonly inode: number }): Later<unknown>;
}

type Later<T> = T | Promise<T>;

interface AskedEntry {
  readonly inode: number;
  readonly type: string;
  readonly nameBytes: Uint8Array;
}

/** A damaged tree may have no end. */
const MOST_FILES = 500;
const LARGEST_READ = 4 * 1024 ** 2;

export async function factsOf(image: Asked): Promise<string> {
  const facts: unknown[] = [image.format];
  const ask = async (what: string, question: () => unknown) => {
    try {
      facts.push([what, await question()]);
    } catch (error) {
      facts.push([what, failureOf(error)]);
    }
  };
  await ask("inspect", () => image.inspect());
  await ask("inspectCim", () => image.inspectCim());
  await ask("blocks", () => image.blocks());
  await ask("blockMap", () => image.blockMap());
  const waiting: (string | AskedEntry)[] = ["/"];
  for (let files = 0; waiting.length > 0 && files < MOST_FILES; files++) {
    const directory = waiting.shift()!;
    await ask("list", async () => {
      const entries = [...(await image.list(directory))];
      for (const entry of entries) {
        await ask("stat", () => image.stat(entry));
        await ask("xattrs", () => image.xattrs(entry));
        await ask("extents", () => image.extents(entry));
        if (image.format === "cim") await ask("windows", () => image.windows(entry));
        if (image.format === "cim") await ask("streams", () => image.streams(entry));
        if (entry.type === "file") await ask("read", () => contentOf(image, entry));
        if (entry.type === "symlink") await ask("readlink", () => image.readlink(entry));
        if (entry.type === "directory") waiting.push(entry);
      }
      return entries;
    });
  }
  return asText(facts);
}

async function contentOf(image: Asked, entry: AskedEntry): Promise<[bytes: number, digest: Uint8Array]> {
  let read = new Uint8Array();
  for await (const piece of image.read(entry)) {
    const more = new Uint8Array(read.length + piece.length);
    more.set(read);
    more.set(piece, read.length);
    read = more;
    if (read.length >= LARGEST_READ) break;
  }
  return [read.length, new Uint8Array(await crypto.subtle.digest("SHA-256", read))];
}

/** An error of ours by its code and sentence. */
export function failureOf(error: unknown): unknown {
  const { code, message } = error as { readonly code?: unknown; readonly message: string };
  return { code, message };
}

/** Bytes in hex; what JSON has no words for, in others. */
export function asText(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (each instanceof Uint8Array)
      return `bytes ${Array.from(each, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    if (ArrayBuffer.isView(each)) return Array.from(each as unknown as ArrayLike<number>);
    if (each instanceof Map) return [...each];
    return typeof each === "bigint" ? `${each}n` : each;
  });
}
