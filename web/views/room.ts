/** What takes room in layers: which bytes the whole shows, which are carried along for nothing, and where they are. */
import { type RootfsLayer, stackLayers } from "../../build/src/web.js";
import { element } from "../element.ts";
import { type LayerLabel, layerStackPicture } from "../pictures/layer-stack.ts";
import { treemapPicture } from "../pictures/treemap.ts";
import { stepsOf } from "../steps.ts";
import type { ArchiveSubject, LayersSubject } from "../subject.ts";
import "../pictures/hatches.css";
import "../pictures/layer-stack.css";
import "../pictures/treemap.css";

/** @param gone  when nobody looks at it any more */
export async function roomView(subject: LayersSubject | ArchiveSubject, gone: AbortSignal): Promise<HTMLElement> {
  const layers = layersOf(subject);
  const stack = await stackLayers(layers, { signal: gone });
  const labels = labelsOf(subject);
  const map = treemapPicture(stack.tree);
  const bars = layerStackPicture({ stack, labels }, (layer) =>
    map.update(layer === undefined ? stack.tree : stack.layers[layer]!.tree),
  );
  return element("div", { class: "part" }, bars.element, map.element);
}

function layersOf(subject: LayersSubject | ArchiveSubject): RootfsLayer[] {
  if (subject.kind === "layers") return subject.layers.map(({ name, file }) => ({ name, source: file }));
  return subject.image.layers.map(({ source, diffId, digest }) => ({ source, diffId, ...(digest && { digest }) }));
}

function labelsOf(subject: LayersSubject | ArchiveSubject): LayerLabel[] {
  if (subject.kind === "layers") return subject.layers.map(({ name }) => ({ name }));
  const { image } = subject;
  const steps = stepsOf(image);
  return image.layers.map(({ digest, diffId }, index) => ({
    name: digest ?? diffId,
    ...(steps?.[index] && { createdBy: steps[index] }),
  }));
}
