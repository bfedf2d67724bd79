/** Pictures of stacks of layers, shown by themselves. */
import "../../../web/colors.css";
import "../../../web/page.css";
import "../../../web/pictures/hatches.css";
import "../../../web/pictures/layer-stack.css";
import "../../../web/pictures/treemap.css";
import { type LayerStack, stackLayers } from "../../../build/src/web.js";
import { element } from "../../../web/element.ts";
import { layerStackPicture } from "../../../web/pictures/layer-stack.ts";
import { treemapPicture } from "../../../web/pictures/treemap.ts";

export interface ShownLayer {
  readonly path: string;
  readonly createdBy?: string;
}

let stack: LayerStack;

/** What a worker says of a layer that it cannot list. */
export async function refusal(path: string): Promise<string> {
  const source = await (await fetch(path)).blob();
  return stackLayers([{ source }]).then(
    () => "none",
    (error: Error) => error.message,
  );
}

/** Lists the layers that are served at these paths, the lowest first, and shows them. @returns milliseconds that the treemap took */
export async function show(layers: readonly ShownLayer[], theme: "dark" | "light" = "light"): Promise<number> {
  const fetched = layers.map(async ({ path }) => ({ source: await (await fetch(path)).blob() }));
  stack = await stackLayers(await Promise.all(fetched));
  document.documentElement.lang = "en";
  document.documentElement.dataset.theme = theme;
  document.title = "Layers";
  const main = element("main", {}, element("h1", {}, "Layers"));
  document.body.replaceChildren(main);
  const labels = layers.map((layer) => ({ name: layer.path, ...layer }));
  const started = performance.now();
  const treemap = treemapPicture(stack.tree);
  const choose = (layer: number | undefined) =>
    treemap.update(layer === undefined ? stack.tree : stack.layers[layer]!.tree);
  main.append(layerStackPicture({ stack, labels }, choose).element, treemap.element);
  await nextFrame();
  return performance.now() - started;
}

/** What the browser makes of the layers, to be held against what Node does. */
export function totals(): object {
  const { bytes, visible, lostLinks, tree, layers } = stack;
  const rows = layers.map(({ tree: _, ...told }) => told);
  return { bytes, visible, lostLinks, rows, paths: tree.types.length };
}

/** How long to try. Milliseconds. */
const TRIED = 4000;

/** Draws the treemap once more, again and again: other work of the machine is none of ours. @returns milliseconds, at best */
export function redraw(): number {
  const before = document.querySelector(".treemap")!;
  const treemap = treemapPicture(stack.tree);
  before.replaceWith(treemap.element);
  let best = Infinity;
  for (const end = performance.now() + TRIED; performance.now() < end; ) {
    const started = performance.now();
    treemap.update(stack.tree);
    treemap.element.getBoundingClientRect();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
