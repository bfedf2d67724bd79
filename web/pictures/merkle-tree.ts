/** A dm-verity tree to be looked into: the way from its root to any block, and where two of them part. */
import type { BlockPlace } from "../../build/src/host/explain/explanation.js";
import { describePlace } from "../../build/src/host/explain/place-words.js";
import { type BlockSpan, countBlocks } from "../../build/src/host/merkle-difference.js";
import type { TreeShape, TreeStep } from "../../build/src/host/merkle-tree.js";
import { MerkleView, type TreeRow } from "../../build/src/host/merkle-view.js";
import { element, foreign, freshId } from "../element.ts";
import { MerklePlane } from "./merkle-plane.ts";

/** One image and its tree, or two of one shape. */
export interface MerkleTreeModel {
  readonly shape: TreeShape;
  readonly images: readonly [TreeOf] | readonly [TreeOf, TreeOf];

  /** Blocks of data that differ, where there are two images. */
  readonly differing?: readonly BlockSpan[];
}

export interface TreeOf {
  /** The image's name. */
  readonly name: string;

  /** In hex, where it is known. */
  readonly rootHash?: string;

  /** What a block of data is. Blocks are those of the tree: a filesystem with smaller ones has several in each. */
  readonly placeOf: (dataBlock: number) => Promise<BlockPlace>;

  /** A digest on the way, in hex, where the image has its tree. */
  readonly digestOf?: (step: TreeStep) => Promise<string>;
}

export interface MerkleTreePicture {
  readonly element: HTMLElement;

  /** Shows another tree. */
  update(model: MerkleTreeModel): void;
}

/** How long a block is looked at before it is asked for. Milliseconds. */
const PAUSE = 120;

export function merkleTreePicture(first: MerkleTreeModel): MerkleTreePicture {
  const plane = new MerklePlane();
  const summary = element("p", { class: "tree-summary" });
  const next = element(
    "button",
    { type: "button", on: { click: () => change((view) => view.choose(view.nextDifference ?? view.chosen)) } },
    "Next difference",
  );
  const number = element("input", {
    type: "number",
    id: freshId("tree-block"),
    min: 0,
    step: 1,
    on: { change: () => change((view) => view.choose(number.valueAsNumber)) },
  });
  const tools = element(
    "div",
    { class: "tree-tools" },
    element("label", { for: number.id }, "Block of data "),
    number,
    next,
  );
  const field = element(
    "div",
    {
      class: "tree-field",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "hash tree",
      "aria-label": "Hash tree: left and right choose a digest, up and down a level",
      on: { keydown, click },
    },
    plane.element,
  );
  const way = element("ol", { class: "tree-way", "aria-label": "The way from the root hash to the block" });
  const end = element("div", { class: "tree-end", "aria-live": "polite" });
  let model = first;
  let view = new MerkleView(first.shape);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let drawn = 0;

  function draw(): void {
    plane.draw(view);
    number.value = String(view.chosen);
    const steps = view.rows.map((row) => describeStep(row, view));
    const heads = model.images.map((image) => element("li", {}, ...headOf(image, model.images.length > 1)));
    const ends = model.images.map(({ name }) => ({ name, whose: element("bdi") }));
    const lines = steps.map((text) => ({ text, hashes: model.images.map(() => element("code")) }));
    way.replaceChildren(...heads, ...lines.map(({ text, hashes }) => element("li", {}, text, ...hashes)));
    const isOneOfTwo = ends.length > 1;
    end.replaceChildren(
      ...ends.map(({ name, whose }) => describeEnd(view.chosen, isOneOfTwo ? name : undefined, whose)),
    );
    clearTimeout(timer);
    timer = setTimeout(
      () =>
        ask(
          ++drawn,
          lines.map(({ hashes }) => hashes),
          ends.map(({ whose }) => whose),
        ),
      PAUSE,
    );
  }

  /** Fills in what only the images know. What comes late, when another block is chosen, is of no use. */
  function ask(question: number, hashes: readonly (readonly HTMLElement[])[], places: readonly HTMLElement[]): void {
    const { rows, chosen } = view;
    for (const [index, { placeOf, digestOf }] of model.images.entries()) {
      void fill(placeOf(chosen).then(describePlace), (text) => places[index]!.append(`: ${text}`));
      if (digestOf)
        for (const [level, row] of rows.entries())
          void fill(digestOf(row), (text) => hashes[level]![index]!.append(text));
    }
    async function fill(answer: Promise<string>, write: (text: string) => void): Promise<void> {
      const text = await answer.catch(() => undefined);
      if (question === drawn && text !== undefined) write(text);
    }
  }

  function change(step: (view: MerkleView) => void): void {
    step(view);
    draw();
  }

  function keydown(event: KeyboardEvent): void {
    const row = view.rows[view.level];
    const digest = row && targetOf(event, row);
    if (digest !== undefined) change((view) => view.chooseDigest(view.level, digest));
    else if (event.key === "ArrowUp") change((view) => view.setLevel(view.level - 1));
    else if (event.key === "ArrowDown") change((view) => view.setLevel(view.level + 1));
    else return;
    event.preventDefault();
  }

  function click({ clientX, clientY }: MouseEvent): void {
    const found = plane.digestAt(clientX, clientY);
    if (found) change((view) => view.chooseDigest(found.level, found.digest));
  }

  function update(changed: MerkleTreeModel): void {
    model = changed;
    view = new MerkleView(model.shape, model.differing);
    number.max = String(model.shape.dataBlocks - 1);
    next.hidden = view.differing.length === 0;
    summary.textContent = describeTree(model);
    plane.fit(field.clientWidth);
    draw();
  }

  update(first);
  new ResizeObserver(() => {
    plane.fit(field.clientWidth);
    plane.draw(view);
  }).observe(field);
  return { element: element("div", { class: "tree" }, summary, tools, field, end, way), update };
}

function targetOf({ key }: KeyboardEvent, { digest, below }: TreeRow): number | undefined {
  return { ArrowLeft: digest - 1, ArrowRight: digest + 1, Home: 0, End: below.count - 1 }[key];
}

function headOf({ name, rootHash }: TreeOf, isOneOfTwo: boolean): (Node | string)[] {
  const whose = isOneOfTwo ? [" of ", foreign(name)] : [];
  return [
    "Root hash",
    ...whose,
    ...(rootHash ? [" ", element("code", {}, rootHash)] : [": the digest of what follows"]),
  ];
}

function describeStep({ level, index, block, blocks, digest, below }: TreeRow, view: MerkleView): string {
  const what =
    level === 0
      ? "Root block of the tree"
      : `Level ${level}, block ${index + 1} of ${blocks} (block ${block} of the tree)`;
  const differs = view.differs(level, below.first + digest) ? ", which differs" : "";
  return `${what}: digest ${digest + 1} of ${below.count}${differs}`;
}

/** @param name  of the image, where there are two; @param whose  becomes what the block is */
function describeEnd(block: number, name: string | undefined, whose: HTMLElement): HTMLElement {
  const image = name === undefined ? [] : [" in ", foreign(name)];
  return element("p", {}, element("strong", {}, `Block ${block} of the data`, ...image), whose);
}

function describeTree({ shape, differing = [], images }: MerkleTreeModel): string {
  const { dataBlocks, levels, blocks } = shape;
  const count = (many: number, what: string) => `${many.toLocaleString("en")} ${what}${many === 1 ? "" : "s"}`;
  const tree =
    levels.length === 0
      ? "no tree: the root hash is the digest of the one block of data"
      : `${count(blocks, "hash block")} in ${count(levels.length, "level")} over ${count(dataBlocks, "block")} of data`;
  if (images.length === 1) return `${tree[0]!.toUpperCase()}${tree.slice(1)}.`;
  const different = countBlocks(differing);
  const differ =
    different === 0
      ? "No digest differs"
      : `The digests of ${count(different, "block")} of data differ, first that of block ${differing[0]!.first.toLocaleString("en")}`;
  return `${differ}. Each tree: ${tree}.`;
}
