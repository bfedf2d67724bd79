/** The opening: what this does, in a sentence, and where to begin. */
import { element } from "../element.ts";
import { emblem } from "./emblem.ts";

const FACTS: readonly (readonly [title: string, text: string])[] = [
  [
    "It stays here",
    "A small WebAssembly program in this page does the work. There is no server behind it, and no request leaves it.",
  ],
  [
    "The same bytes",
    "What you take is byte for byte what the command line makes, on any machine, every time. Root hashes can be compared.",
  ],
  [
    "Every disk you need",
    "ext4 raw or in VHD and VHDX, with dm-verity, for virtual machines, WSL and confidential containers; CIMs for Windows.",
  ],
];

export function hero(drop: HTMLElement): HTMLElement {
  return element(
    "section",
    { class: "hero" },
    element(
      "div",
      { class: "opening" },
      element("h1", { tabindex: -1 }, "Drop a container layer, take a disk."),
      element(
        "p",
        { class: "lead" },
        "Turns container images and their layers into disks that boot and mount. Right here: nothing you drop leaves this page.",
      ),
      emblem(),
    ),
    drop,
    element(
      "ul",
      { class: "facts-row" },
      ...FACTS.map(([title, text]) => element("li", {}, element("h2", {}, title), element("p", {}, text))),
    ),
  );
}
