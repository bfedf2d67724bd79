/** The hash trees of two disks in one picture: which hashes differ, from the roots down to the blocks. */
import type { BlockSpan } from "../../build/src/host/merkle-difference.js";
import { compareHashTrees, openImage, type WebImage } from "../../build/src/web.js";
import { element } from "../element.ts";
import { merkleTreePicture } from "../pictures/merkle-tree.ts";
import type { PairSubject } from "../subject.ts";
import { treeOf } from "./hash-tree.ts";
import "../pictures/merkle-tree.css";

/** Bytes of a digest. */
const DIGEST = 32;
/** Hash blocks that are read of each disk to see which of their digests differ: 8 MiB. */
const MOST_BLOCKS = 2048;

export async function treePairView({ a, b }: PairSubject, gone: AbortSignal): Promise<HTMLElement> {
  const { shape, differing, block } = await compareHashTrees(a.file, b.file, { signal: gone });
  if (block === undefined) return element("p", {}, "Their hash trees are the same.");
  const images = [await opened(a.file, gone), await opened(b.file, gone)] as const;
  const trees = [await images[0].hashTree(), await images[1].hashTree()] as const;
  if (trees[0].salt !== trees[1].salt) {
    return element("p", {}, "Their hash trees have different salts, so that every hash in them differs.");
  }
  const [sizeA, sizeB] = await Promise.all(images.map(async (image) => (await image.inspect()).filesystem.blockSize));
  const spans = await differingData(images, shape, differing.at(-1) ?? []);
  return merkleTreePicture({
    shape,
    images: [treeOf(a.name, images[0], sizeA!, trees[0]), treeOf(b.name, images[1], sizeB!, trees[1])],
    differing: spans.length === 0 ? [{ first: block, count: 1 }] : spans,
  }).element as HTMLElement;
}

async function opened(file: Blob, gone: AbortSignal): Promise<WebImage> {
  const image = await openImage(file, { signal: gone });
  gone.addEventListener("abort", () => void image.close(), { once: true });
  return image;
}

/** Blocks of data whose digests differ, in those hash blocks of the lowest level. */
async function differingData(
  [a, b]: readonly [WebImage, WebImage],
  { levels, fanOut, dataBlocks }: Shape,
  lowest: readonly number[],
): Promise<BlockSpan[]> {
  const spans: { first: number; count: number }[] = [];
  for (const index of lowest.slice(0, MOST_BLOCKS)) {
    const first = index * fanOut;
    const count = Math.min(fanOut, dataBlocks - first);
    const [ofA, ofB] = await Promise.all([a, b].map((image) => image.hashes(levels.length - 1, first, count)));
    for (let digest = 0; digest < count; digest++) {
      if (isSame(ofA!, ofB!, digest * DIGEST)) continue;
      const last = spans.at(-1);
      if (last && last.first + last.count === first + digest) last.count++;
      else spans.push({ first: first + digest, count: 1 });
    }
  }
  return spans;
}

type Shape = Awaited<ReturnType<typeof compareHashTrees>>["shape"];

function isSame(a: Uint8Array, b: Uint8Array, at: number): boolean {
  for (let byte = at; byte < at + DIGEST; byte++) if (a[byte] !== b[byte]) return false;
  return true;
}
