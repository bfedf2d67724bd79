/** What a page asks of images, disks and container images. Answers come as text, errors among them. */
import {
  compareHashTrees,
  explainDifference,
  hashTree,
  listContainerImages,
  type OpenContainerImageOptions,
  openContainerImage,
  openImage,
  type TreeOptions,
  verifyHashTree,
  type WebImage,
  type WebImageSource,
} from "../../../build/src/web.js";
import { asText, factsOf } from "../image-facts.ts";
import { said } from "../said.ts";

/** What is served at `path`; a CIM's files by their names, where there are several. */
async function fileAt(path: string): Promise<Blob> {
  return await (await fetch(path)).blob();
}

async function withImage<T>(source: WebImageSource, work: (image: WebImage) => Promise<T>, verify = true): Promise<T> {
  const image = await openImage(source, { verify });
  try {
    return await work(image);
  } finally {
    await image.close();
  }
}

export function facts(path: string, verify?: boolean): Promise<string> {
  return said(async () => withImage(await fileAt(path), factsOf, verify));
}

/** @param beside  paths of the other files, by their names */
export function factsOfCim(path: string, beside: Record<string, string>): Promise<string> {
  return said(async () => {
    const files: Record<string, Blob> = {};
    for (const [name, path] of Object.entries(beside)) files[name] = await fileAt(path);
    return withImage({ cim: await fileAt(path), beside: files }, factsOf);
  });
}

/** @param blocks  of the disk */
export function places(path: string, blocks: readonly number[]): Promise<string> {
  return said(async () =>
    withImage(await fileAt(path), async (image) => {
      const found: unknown[] = [];
      for (const block of blocks) found.push(await image.placeOf(block));
      return found;
    }),
  );
}

export function explain(a: string, b: string): Promise<string> {
  return said(async () => explainDifference(await fileAt(a), await fileAt(b)));
}

export function tree(path: string, options?: TreeOptions): Promise<string> {
  return said(async () => hashTree(await fileAt(path), options));
}

export function verify(path: string, rootHash: string, options?: TreeOptions): Promise<string> {
  return said(async () => verifyHashTree(await fileAt(path), rootHash, options));
}

/** All digests of all levels. */
export function digests(path: string): Promise<string> {
  return said(async () =>
    withImage(await fileAt(path), async (image) => {
      const { shape, ...summary } = await image.hashTree();
      const levels: Uint8Array[] = [];
      for (const level of shape.levels.keys()) {
        levels.push(await image.hashes(level, 0, shape.levels[level + 1]?.blocks ?? shape.dataBlocks));
      }
      return { ...summary, levels };
    }),
  );
}

export function compareTrees(a: string, b: string): Promise<string> {
  return said(async () => compareHashTrees(await fileAt(a), await fileAt(b)));
}

export function images(path: string): Promise<string> {
  return said(async () => listContainerImages(await fileAt(path)));
}

/** With the digests of its layers, read where they stand. */
export function containerImage(path: string, options?: OpenContainerImageOptions): Promise<string> {
  return said(async () => {
    const { layers, ...image } = await openContainerImage(await fileAt(path), options);
    const read = layers.map(async ({ source, ...layer }) => ({ ...layer, bytes: await digestOf(source) }));
    return { ...image, layers: await Promise.all(read) };
  });
}

async function digestOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
}

/** A file's content, by each of the ways to it. */
export function content(path: string, place: string): Promise<string> {
  return said(async () => {
    const sized = async (blob: Blob) => ({ size: blob.size, digest: await digestOf(blob) });
    const image = await fileAt(path);
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("image", { create: true });
    const writable = await handle.createWritable();
    await writable.write(image);
    await writable.close();
    return {
      stream: await withImage(image, async (image) => sized(await new Response(image.read(place)).blob())),
      blob: await withImage(image, async (image) => sized(await image.readBlob(place))),
      ofOwnFile: await withImage(handle, async (image) => sized(await image.readBlob(place))),
    };
  });
}

const wordsOf = (work: Promise<unknown>): Promise<string> =>
  work.then(String, (error: unknown) => String((error as Error)?.message ?? error));

export function refusals(path: string, place: string): Promise<string> {
  return said(async () =>
    withImage(await fileAt(path), async (image) => [
      await wordsOf(image.read(place).getReader().read()),
      await wordsOf(image.readBlob(place)),
    ]),
  );
}

/** What is said when work is stopped, of an image that is closed, and of what is no file. */
export function stopped(path: string): Promise<string> {
  return said(async () => {
    const early = new AbortController();
    const opening = openImage(await fileAt(path), { signal: early.signal });
    early.abort("not now");
    const opened = await wordsOf(opening);
    const image = await openImage(await fileAt(path));
    const controller = new AbortController();
    const work = image.hashTree({ signal: controller.signal });
    controller.abort("no more");
    const reason = await wordsOf(work);
    const after = (await image.inspect()).filesystem.type;
    await image.close();
    await image.close();
    return {
      opened,
      reason,
      after,
      closed: await wordsOf(image.inspect()),
      none: await wordsOf(openImage(7 as never)),
    };
  });
}

/** Where a test puts a file that is too large to be served. */
export function chooser(): void {
  const input = document.createElement("input");
  input.type = "file";
  document.body.append(input);
}

function chosen(): File {
  return document.querySelector("input")!.files![0]!;
}

/** What is asked of a large image, and how long each took. Milliseconds. */
export async function lookIntoChosen(): Promise<{ took: Record<string, number>; answers: string }> {
  const took: Record<string, number> = {};
  const answers: unknown[] = [];
  const time = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    took[what] = performance.now() - start;
    answers.push(result);
    return result;
  };
  const image = await openImage(chosen());
  try {
    const { filesystem } = await time("inspect", () => image.inspect());
    await time("list", () => image.list("/"));
    await time("blockMap", () => image.blockMap());
    await time("first place", () => image.placeOf(0));
    const start = performance.now();
    for (let index = 0; index < 100; index++) await image.placeOf(Math.floor((filesystem.blocks / 100) * index));
    took["a place"] = (performance.now() - start) / 100;
  } finally {
    await image.close();
  }
  return { took, answers: asText(answers) };
}
