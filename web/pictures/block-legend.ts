/** What an image is made of: the legend of a block map, which says in numbers what the picture shows. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import type { BlockMap } from "../../build/src/host/image/block-map.js";
import { totalsOf } from "../../build/src/host/image/map-cells.js";
import { FAINT, LOOK_OF, type MapUse } from "../../build/src/host/image/map-uses.js";
import { formatShare } from "../../build/src/host/image/map-words.js";
import { element } from "../element.ts";
import { hasLetter } from "./block-plane.ts";
import { square, svg } from "./svg.ts";

const SIDE = 15;

/** @param onOnly  is told of the one use that is wanted, or that all are again */
export function blockLegend(map: BlockMap, onOnly: (use: MapUse | undefined) => void): HTMLElement {
  let only: MapUse | undefined;
  const buttons = new Map<MapUse, HTMLButtonElement>();
  const toggle = (use: MapUse) => {
    only = only === use ? undefined : use;
    for (const [each, button] of buttons) button.setAttribute("aria-pressed", String(each === only));
    onOnly(only);
  };
  const rows = totalsOf(map).map(({ use, bytes, runs, at }) => {
    const button = element(
      "button",
      { type: "button", "aria-pressed": "false", on: { click: () => toggle(use) } },
      swatch(use),
      LOOK_OF[use].words,
    );
    buttons.set(use, button);
    const numbers = [
      formatBytes(bytes),
      formatShare(bytes, map.size),
      runs.toLocaleString("en"),
      Math.floor(at / map.blockSize).toLocaleString("en"),
    ];
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, button),
      ...numbers.map((text) => element("td", {}, text)),
    );
  });
  const heads = ["Use", "Size", "Share", "Pieces", "First block"];
  const table = element(
    "table",
    {},
    element("caption", {}, "What the image is made of"),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...rows),
  );
  // It scrolls sideways where the page is narrow, and by keyboard too.
  return element(
    "div",
    { class: "block-legend", tabindex: 0, role: "group", "aria-label": "Legend of the block map" },
    table,
  );
}

function swatch(use: MapUse): SVGSVGElement {
  const inset = FAINT.has(use) ? 0.5 : 0;
  const cell = svg("path", { class: `use-${use}`, d: square(inset, inset, SIDE - 2 * inset) });
  const letter = hasLetter(use) ? [svg("text", { x: SIDE / 2, y: SIDE / 2 + 3.5 }, LOOK_OF[use].letter)] : [];
  const size = { width: SIDE, height: SIDE, viewBox: `0 0 ${SIDE} ${SIDE}` };
  return svg("svg", { class: "block-swatch", "aria-hidden": "true", ...size }, cell, ...letter);
}
