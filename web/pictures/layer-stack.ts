/** The layers of a container image as bars over one another, the lowest at the bottom: what each adds, and what of it is never seen. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { shown } from "../../build/src/host/oci/shown.js";
import type { LayerStack, StackedLayer } from "../../build/src/host/stack/layer-stack.js";
import { element, foreign } from "../element.ts";
import { type ByteFate, FATES, fateLegend, Hatches } from "./hatches.ts";
import { svg } from "./svg.ts";

/** What the bars are called, the lowest first. */
export interface LayerLabel {
  /** A digest, or the name of a file. */
  readonly name: string;

  /** The step of the build. */
  readonly createdBy?: string;
}

export interface LayerStackModel {
  readonly stack: LayerStack;
  readonly labels: readonly LayerLabel[];
}

export interface LayerStackPicture {
  readonly element: HTMLElement;

  /** Shows another stack, of which no layer is chosen. */
  update(model: LayerStackModel): void;
}

/** What is there at all is seen. Of a hundred. */
const LEAST_WIDTH = 0.4;

/** @param onChoose  is told of the layer that is to be looked at by itself, from 0 for the lowest; undefined: all together */
export function layerStackPicture(
  first: LayerStackModel,
  onChoose: (layer: number | undefined) => void = () => {},
): LayerStackPicture {
  const summary = element("p", { class: "stack-summary" });
  const bars = element("ol", { class: "stack-bars", reversed: true });
  const all = choice(() => choose(undefined), "All layers together");
  let buttons: HTMLButtonElement[] = [];

  function choose(layer: number | undefined): void {
    mark(layer);
    onChoose(layer);
  }

  function mark(layer: number | undefined): void {
    all.setAttribute("aria-pressed", String(layer === undefined));
    for (const [index, button] of buttons.entries()) button.setAttribute("aria-pressed", String(index === layer));
  }

  function update({ stack, labels }: LayerStackModel): void {
    const most = Math.max(...stack.layers.map(({ bytes }) => bytes), 1);
    summary.textContent = describeStack(stack);
    buttons = stack.layers.map((layer, index) =>
      choice(() => choose(index), ...face(layer, labels[index]!, index + 1, most)),
    );
    // The highest first, as they lie on one another.
    bars.replaceChildren(...buttons.map((button) => element("li", {}, button)).reverse());
    mark(undefined);
  }

  update(first);
  return { element: element("div", { class: "layer-stack" }, summary, fateLegend(), all, bars), update };
}

function choice(onClick: () => void, ...face: (Node | string)[]): HTMLButtonElement {
  return element("button", { type: "button", class: "stack-choice", on: { click: onClick } }, ...face);
}

function face(layer: StackedLayer, { name, createdBy }: LayerLabel, number: number, most: number): HTMLElement[] {
  const title = element(
    "span",
    { class: "stack-title" },
    element("strong", {}, `Layer ${number}`),
    " ",
    foreign(shortName(name), { title: shown(name) }),
  );
  const step =
    createdBy === undefined
      ? []
      : [foreign(shortStep(createdBy), { class: "foreign stack-step", title: shown(createdBy) })];
  return [
    title,
    ...step,
    element("span", { class: "stack-bar" }, bar(layer, most)),
    element("span", { class: "stack-numbers" }, describeLayer(layer)),
  ];
}

function bar(layer: StackedLayer, most: number): SVGSVGElement {
  const hatches = new Hatches();
  let x = 0;
  const parts = FATES.flatMap(({ fate }) => {
    const bytes = wasteOrSeen(layer, fate);
    if (bytes === 0) return [];
    const width = Math.max((bytes / most) * 100, LEAST_WIDTH);
    const fill = hatches.fillOf(fate);
    const part = { class: `fate-${fate}`, x: `${x}%`, width: `${width}%`, height: "100%", ...(fill && { fill }) };
    x += width;
    return [svg("rect", part)];
  });
  return svg("svg", { "aria-hidden": "true" }, hatches.element, ...parts);
}

/** What the layer itself gave up is hidden by what has the same path, too. */
function wasteOrSeen(layer: StackedLayer, fate: ByteFate): number {
  return fate === "shadowed" ? layer.shadowed + layer.replaced : layer[fate];
}

function describeStack({ bytes, visible, efficiency }: LayerStack): string {
  if (bytes === visible) return `All of ${formatBytes(bytes)} are visible.`;
  const percent = (Math.floor(efficiency * 1000) / 10).toFixed(1); // never 100 where something is wasted
  return `${percent} % of ${formatBytes(bytes)} are visible; ${formatBytes(bytes - visible)} are carried along unseen.`;
}

function describeLayer(layer: StackedLayer): string {
  const { bytes, files } = layer;
  const parts = FATES.slice(1).flatMap(({ fate }) => {
    const amount = wasteOrSeen(layer, fate);
    return amount === 0 ? [] : [`${formatBytes(amount)} ${fate}`];
  });
  return [`${formatBytes(bytes)} in ${files === 1 ? "1 file" : `${files.toLocaleString("en")} files`}`, ...parts].join(
    ", ",
  );
}

const shortName = (name: string): string => name.replace(/^sha\d+:([0-9a-f]{12})[0-9a-f]+$/, "$1");

/** Without what every step begins with. */
const shortStep = (step: string): string =>
  step
    .replace(/^\/bin\/sh -c (#\(nop\) +)?/, "")
    .replace(/\s+/g, " ")
    .trim();
