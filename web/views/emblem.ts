/** What the page is about, as a picture: layers on one side, the blocks of a disk on the other. It says nothing that the text does not. */
const SVG = "http://www.w3.org/2000/svg";

/** A letter is a block of the picture. */
const DISK = [
  "sgggbbiiiiii",
  "iiiiiiiidddf",
  "ffffdffffffd",
  "fffffffdffff",
  "ffdfffffffff",
  "fffffffff...",
  "............",
  "vhhhhhhh....",
];

const USES: { readonly [letter: string]: string } = {
  s: "superblock",
  g: "descriptors",
  b: "block-bitmap",
  i: "inode-table",
  d: "directory",
  f: "file-data",
  v: "hash-superblock",
  h: "hash-tree",
  ".": "free",
};

const CELL = 17;
const GAP = 4;
const EDGE = 8; // for strokes, and the tip of the highest plate
const LAYERS = 4;
const DISK_AT = 196;

export function emblem(): SVGElement {
  const height = DISK.length * (CELL + GAP) - GAP;
  const width = DISK_AT + DISK[0]!.length * (CELL + GAP);
  const viewBox = `0 ${-EDGE} ${width} ${height + 2 * EDGE}`;
  const made = shape("svg", { class: "emblem", viewBox, "aria-hidden": "true" });
  made.append(...layers(height), arrow(height / 2), ...cells());
  return made;
}

/** Plates over one another, the highest last. */
function layers(height: number): SVGElement[] {
  return Array.from({ length: LAYERS }, (_, index) => {
    const y = height - 38 - index * 29;
    return shape("path", { class: `plate plate-${index}`, d: `M6 ${y}l64-30 64 30-64 30z` });
  });
}

function arrow(y: number): SVGElement {
  return shape("path", { class: "emblem-arrow", d: `M150 ${y}h24m-8-8 8 8-8 8` });
}

function cells(): SVGElement[] {
  return DISK.flatMap((row, y) =>
    [...row].map((letter, x) =>
      shape("rect", {
        class: `use-${USES[letter]}`,
        x: DISK_AT + x * (CELL + GAP),
        y: y * (CELL + GAP),
        width: CELL,
        height: CELL,
        rx: 3,
      }),
    ),
  );
}

function shape(name: string, attributes: { readonly [name: string]: string | number }): SVGElement {
  const made = document.createElementNS(SVG, name) as SVGElement;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}
