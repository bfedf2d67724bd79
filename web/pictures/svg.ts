/** Elements of pictures. */

export type SvgAttributes = { readonly [name: string]: string | number };

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: SvgAttributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAll(made, attributes);
  made.append(...children);
  return made;
}

export function setAll(element: Element, attributes: SvgAttributes): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** A square, as a part of a path. */
export function square(x: number, y: number, side: number): string {
  return `M${x} ${y}h${side}v${side}h${-side}z`;
}

/** A point of the screen in the units of a picture, which may be shown smaller than it is. */
export function pointIn(picture: SVGSVGElement, clientX: number, clientY: number): [x: number, y: number] {
  const { left, top, width } = picture.getBoundingClientRect();
  const scale = picture.viewBox.baseVal.width / width;
  return [(clientX - left) * scale, (clientY - top) * scale];
}
