/** Elements of the page. All text goes in as text: nothing that others wrote is ever read as markup. */
import { shown } from "../build/src/host/oci/shown.js";

export type Child = Node | string | false | undefined;

/** Attributes; `true` is one without a value, `false` and undefined leave it out. Handlers stand under `on`. */
export interface Attributes {
  readonly [name: string]: string | number | boolean | undefined | Handlers;
  readonly on?: Handlers;
}

export type Handlers = { readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { on, ...attributes }: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [name, handler] of Object.entries(on ?? {})) made.addEventListener(name, handler as EventListener);
  made.append(...children.filter((child) => child !== false && child !== undefined));
  return made;
}

/** Text of others' making: set apart, so that it turns nothing around, cut where it has no end, and its controls in letters. */
export function foreign(text: string, attributes: Attributes = {}): HTMLElement {
  return element("bdi", { class: "foreign", ...attributes }, shown(text));
}

/** A button that is only a button. */
export function button(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return element("button", { type: "button", ...attributes, on: { click: onClick } }, label);
}

let ids = 0;

/** For labels and descriptions, which name what they belong to. */
export function freshId(what: string): string {
  return `${what}-${++ids}`;
}
