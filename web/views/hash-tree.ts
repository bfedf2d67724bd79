/** The hash tree of a disk as a picture, its root hash, and whether the disk still is what the tree says. */
import { hexOf } from "../../build/src/host/hex.js";
import type { TreeStep } from "../../build/src/host/merkle-tree.js";
import type { Inspection, WebImage } from "../../build/src/web.js";
import { announce } from "../announce.ts";
import { button, element } from "../element.ts";
import { merkleTreePicture, type TreeOf } from "../pictures/merkle-tree.ts";
import { wholeDigest } from "./copy.ts";
import "../pictures/merkle-tree.css";

/** What is hashed, whatever the filesystem's blocks are. Bytes. */
const HASHED = 4096;

export async function hashTreeView(image: WebImage, inspection: Inspection): Promise<HTMLElement> {
  const tree = await image.hashTree();
  const picture = merkleTreePicture({
    shape: tree.shape,
    images: [treeOf("This disk", image, inspection.filesystem.blockSize, tree)],
  });
  return element(
    "div",
    { class: "part" },
    element(
      "dl",
      { class: "facts-list" },
      element("dt", {}, "Root hash"),
      element("dd", {}, wholeDigest(tree.rootHash, "root hash")),
    ),
    verifier(image, tree.rootHash),
    picture.element as HTMLElement,
  );
}

type Tree = Awaited<ReturnType<WebImage["hashTree"]>>;

/** What the picture asks of one image. */
export function treeOf(name: string, image: WebImage, blockSize: number, { shape, rootHash }: Tree): TreeOf {
  return {
    name,
    rootHash,
    placeOf: (dataBlock) => image.placeOf(Math.floor((dataBlock * HASHED) / blockSize)),
    digestOf: async ({ level, index, digest }: TreeStep) =>
      hexOf(await image.hashes(level, index * shape.fanOut + digest, 1)),
  };
}

/** Reads all of the disk and holds it against the tree, when it is asked to. */
function verifier(image: WebImage, rootHash: string): HTMLElement {
  const verdict = element("span", { class: "facts" });
  const say = (sentence: string) => {
    verdict.textContent = sentence;
    announce(sentence);
  };
  const verify = button("Check the disk against it", async () => {
    verify.disabled = true;
    verdict.textContent = "Reading all of it…";
    try {
      const { verified, bad } = await image.verify(rootHash);
      say(
        verified
          ? "All of it is what the root hash says."
          : `Block ${bad?.block} of the ${bad?.of} is not what its digest says.`,
      );
    } catch (error) {
      say((error as Error).message);
    } finally {
      verify.disabled = false;
    }
  });
  return element("p", { class: "actions" }, verify, verdict);
}
