/** How bytes of layers look by what becomes of them: seen in the end, shadowed, or whiteouted. Never by colour alone. */
import { element, freshId } from "../element.ts";
import { svg } from "./svg.ts";

export type ByteFate = "visible" | "shadowed" | "whiteouted";

export const FATES: readonly { readonly fate: ByteFate; readonly words: string }[] = [
  { fate: "visible", words: "visible: what a container sees" },
  { fate: "shadowed", words: "shadowed: a later layer has the same path" },
  { fate: "whiteouted", words: "whiteouted: a later layer deleted it" },
];

/** The fills of one picture. Ids are of the whole page, so each picture has its own. */
export class Hatches {
  /** To stand in the picture's SVG. */
  readonly element: SVGDefsElement;
  readonly #ids: Readonly<Record<"shadowed" | "whiteouted", string>>;

  constructor() {
    this.#ids = { shadowed: freshId("hatch"), whiteouted: freshId("hatch") };
    this.element = svg(
      "defs",
      {},
      pattern(this.#ids.shadowed, "shadowed", "M-2 10L10 -2M-2 2L2 -2M6 10L10 6"), // one way
      pattern(this.#ids.whiteouted, "whiteouted", "M0 0L8 8M8 0L0 8"), // and across
    );
  }

  /** Value of the attribute `fill`; undefined: it is a matter of the style sheet. */
  fillOf(fate: ByteFate): string | undefined {
    return fate === "visible" ? undefined : `url(#${this.#ids[fate]})`;
  }
}

function pattern(id: string, fate: ByteFate, lines: string): SVGPatternElement {
  return svg(
    "pattern",
    { id, width: 8, height: 8, patternUnits: "userSpaceOnUse", class: `hatch hatch-${fate}` },
    svg("rect", { width: 8, height: 8 }),
    svg("path", { d: lines }),
  );
}

/** What the looks mean. */
export function fateLegend(): HTMLElement {
  const items = FATES.map(({ fate, words }) => element("li", {}, swatch(fate), words));
  return element("ul", { class: "fate-legend", "aria-label": "What the looks mean" }, ...items);
}

function swatch(fate: ByteFate): SVGSVGElement {
  const hatches = new Hatches();
  const fill = hatches.fillOf(fate);
  return svg(
    "svg",
    { class: "fate-swatch", width: 24, height: 16, viewBox: "0 0 24 16", "aria-hidden": "true" },
    hatches.element,
    svg("rect", { class: `fate-${fate}`, width: 24, height: 16, ...(fill && { fill }) }),
  );
}
