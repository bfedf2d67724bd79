/** Block maps and hash trees, shown by themselves, of images that are served. */
import "../../../web/colors.css";
import "../../../web/page.css";
import "../../../web/pictures/block-map.css";
import "../../../web/pictures/merkle-tree.css";
import { hexOf } from "../../../build/src/host/hex.js";
import { drawMapSvg } from "../../../build/src/host/image/map-svg.js";
import { compareHashTrees, openImage, type WebImage } from "../../../build/src/web.js";
import { element } from "../../../web/element.ts";
import { type BlockMapPicture, blockMapPicture } from "../../../web/pictures/block-map.ts";
import { merkleTreePicture, type TreeOf } from "../../../web/pictures/merkle-tree.ts";

interface OpenDisk {
  readonly name: string;
  readonly file: Blob;
  readonly image: WebImage;
}

async function open(path: string): Promise<OpenDisk> {
  const file = await (await fetch(path)).blob();
  return { name: path, file, image: await openImage(file) };
}

function show(theme: string, picture: HTMLElement): void {
  document.documentElement.lang = "en";
  document.documentElement.dataset.theme = theme;
  document.title = "A picture";
  document.body.replaceChildren(element("main", {}, element("h1", {}, "A picture"), picture));
}

let shown: BlockMapPicture;

export async function showMap(path: string, theme = "light"): Promise<void> {
  const { image } = await open(path);
  shown = blockMapPicture(await image.blockMap(), { placeOf: (block) => image.placeOf(block) });
  show(theme, shown.element);
}

export async function updateMap(path: string): Promise<void> {
  const { image } = await open(path);
  shown.update(await image.blockMap());
}

/** @returns milliseconds that a map of so many runs, all of them short, takes to be drawn anew */
export async function drawLarge(runs: number): Promise<number> {
  const map = {
    blockSize: 4096,
    blocksPerGroup: 32_768,
    size: runs * 4 * 4096,
    starts: Float64Array.from({ length: runs }, (_, index) => index * 4 * 4096),
    uses: Uint8Array.from({ length: runs }, (_, index) => index % 20),
    owners: new Uint32Array(runs),
  };
  const started = performance.now();
  shown.update(map);
  shown.element.getBoundingClientRect();
  return performance.now() - started;
}

export async function svgOf(path: string, title: string): Promise<string> {
  const { image } = await open(path);
  return drawMapSvg(await image.blockMap(), { title });
}

export async function showTree(path: string, theme = "light"): Promise<void> {
  const disk = await open(path);
  const { shape } = await disk.image.hashTree();
  show(theme, merkleTreePicture({ shape, images: [await treeOf(disk)] }).element);
}

export async function showTrees(a: string, b: string, theme = "light"): Promise<void> {
  const disks = [await open(a), await open(b)] as const;
  const { shape, dataSpans } = await compareHashTrees(disks[0].file, disks[1].file);
  const images = [await treeOf(disks[0]), await treeOf(disks[1])] as const;
  show(theme, merkleTreePicture({ shape, images, differing: dataSpans }).element);
}

/** What the picture asks of an image with blocks of 4096 bytes. */
async function treeOf({ name, image }: OpenDisk): Promise<TreeOf> {
  const { rootHash, shape } = await image.hashTree();
  return {
    name,
    rootHash,
    placeOf: (dataBlock) => image.placeOf(dataBlock),
    digestOf: async ({ level, index, digest }) => hexOf(await image.hashes(level, index * shape.fanOut + digest, 1)),
  };
}
