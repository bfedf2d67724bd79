/** Layers as they were dropped, the lowest first; their order can be changed. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { button, element, foreign } from "../element.ts";
import { withMoved } from "../look.ts";
import type { Kind } from "../recognise.ts";
import type { DroppedLayer, LayersSubject } from "../subject.ts";

const KINDS: Partial<Record<Kind, string>> = {
  layer: "tar",
  gzip: "gzip",
  zlib: "zlib",
  zstd: "zstd",
  unknown: "does not look like a layer",
};

export function layersView(subject: LayersSubject, replace: (subject: LayersSubject) => void): HTMLElement {
  const { layers } = subject;
  const move = (from: number, to: number) => {
    replace(withMoved(subject, from, to));
    focusMoved(to, to < from ? "up" : "down");
  };
  const remove = (index: number) => replace({ ...subject, layers: layers.filter((_, at) => at !== index) });
  const rows = layers.map((layer, index) => row(layer, index, layers.length, move, remove));
  return element(
    "div",
    {},
    layers.length > 1 && element("p", { class: "soft" }, "The lowest first: each lies over those before it."),
    element("ol", { class: "layers" }, ...rows),
  );
}

function row(
  { name, file, kind }: DroppedLayer,
  index: number,
  count: number,
  move: (from: number, to: number) => void,
  remove: (index: number) => void,
): HTMLElement {
  const label = `layer ${index + 1}`;
  const step = (to: number, word: "up" | "down", sign: string) =>
    button(sign, () => move(index, to), {
      class: "quiet icon",
      "aria-label": `Move ${label} ${word}`,
      "data-move": `${index} ${word}`,
      disabled: to < 0 || to >= count,
    });
  return element(
    "li",
    { class: kind === "unknown" ? "is-doubtful" : "" },
    element("span", { class: "name" }, foreign(name)),
    element("span", { class: "facts" }, `${formatBytes(file.size)} · ${KINDS[kind] ?? kind}`),
    count > 1 &&
      element(
        "span",
        { class: "row-actions" },
        step(index - 1, "up", "↑"),
        step(index + 1, "down", "↓"),
        button("×", () => remove(index), { class: "quiet icon", "aria-label": `Remove ${label}` }),
      ),
  );
}

/** The button that moved a layer goes with it; at an end of the list it is the other one. */
function focusMoved(index: number, word: "up" | "down"): void {
  const other = word === "up" ? "down" : "up";
  const find = (word: string) => document.querySelector<HTMLElement>(`[data-move="${index} ${word}"]:not(:disabled)`);
  (find(word) ?? find(other))?.focus();
}
