/** A block map to be looked into: what each part of an image is, and whose. */
import type { BlockPlace } from "../../build/src/host/explain/explanation.js";
import { describePlace } from "../../build/src/host/explain/place-words.js";
import { formatBytes } from "../../build/src/host/format-bytes.js";
import type { BlockMap } from "../../build/src/host/image/block-map.js";
import { LOOK_OF, type MapUse, OF_INODES } from "../../build/src/host/image/map-uses.js";
import { MapView } from "../../build/src/host/image/map-view.js";
import { describeOwner, describeRange, describeShares } from "../../build/src/host/image/map-words.js";
import { element } from "../element.ts";
import { blockLegend } from "./block-legend.ts";
import { BlockPlane } from "./block-plane.ts";

export interface BlockMapPictureOptions {
  /** What a block of the filesystem is, with its path: asked of the cell that is looked at. */
  readonly placeOf: (block: number) => Promise<BlockPlace>;
}

export interface BlockMapPicture {
  readonly element: HTMLElement;

  /** Shows another map. */
  update(map: BlockMap): void;
}

/** How long a cell is looked at before its path is asked for: a pointer that passes asks for none. Milliseconds. */
const PAUSE = 120;

export function blockMapPicture(first: BlockMap, { placeOf }: BlockMapPictureOptions): BlockMapPicture {
  const plane = new BlockPlane();
  const readout = blockReadout(placeOf);
  const scale = element("p", { class: "block-scale" });
  const closer = element(
    "button",
    { type: "button", on: { click: () => change((view) => view.goCloser()) } },
    "Look closer",
  );
  const back = element(
    "button",
    { type: "button", on: { click: () => change((view) => view.stepBack()) } },
    "Step back",
  );
  const all = element("button", { type: "button", on: { click: () => change((view) => view.showAll()) } }, "Show all");
  const field = element(
    "div",
    {
      class: "block-field",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "block map",
      "aria-label": "Block map: arrow keys move, Enter looks closer, Escape steps back",
      on: { keydown, pointermove, click, dblclick: () => change((view) => view.goCloser()) },
    },
    plane.element,
  );
  const legend = element("div");
  let view = new MapView(first);
  let only: MapUse | undefined;

  function draw(): void {
    plane.draw(view, only);
    scale.textContent = describeScale(view);
    closer.disabled = !view.canGoCloser;
    back.disabled = all.disabled = !view.canStepBack;
    readout.show(view);
  }

  function change(step: (view: MapView) => void): void {
    step(view);
    draw();
  }

  function choose(index: number | undefined): void {
    if (index === undefined || index === view.chosen) return;
    view.choose(index);
    plane.ring(view);
    readout.show(view);
  }

  function keydown(event: KeyboardEvent): void {
    const target = targetOf(event, view);
    if (target !== undefined) choose(target);
    else if (event.key === "Enter" || event.key === "+") change((view) => view.goCloser());
    else if ((event.key === "Escape" || event.key === "-") && view.canStepBack) change((view) => view.stepBack());
    else return;
    event.preventDefault();
  }

  function pointermove({ clientX, clientY }: PointerEvent): void {
    choose(plane.cellAt(view, clientX, clientY));
  }

  function click({ clientX, clientY }: MouseEvent): void {
    choose(plane.cellAt(view, clientX, clientY));
  }

  function update(map: BlockMap): void {
    view = new MapView(map);
    only = undefined;
    plane.fit(view, field.clientWidth);
    legend.replaceChildren(
      blockLegend(map, (use) => {
        only = use;
        draw();
      }),
    );
    draw();
  }

  update(first);
  new ResizeObserver(() => {
    plane.fit(view, field.clientWidth);
    draw();
  }).observe(field);
  const tools = element(
    "div",
    { class: "block-tools", role: "group", "aria-label": "What of the image is shown" },
    closer,
    back,
    all,
  );
  const hint = element("p", { class: "block-hint" }, "Choose a use to see where it stands, and nothing else.");
  return {
    element: element("div", { class: "block-map" }, scale, tools, field, readout.element, hint, legend),
    update,
  };
}

function describeScale({ map, range, cellSize }: MapView): string {
  const blocks = cellSize / map.blockSize;
  const cell =
    blocks === 1
      ? `one block of ${formatBytes(cellSize)}`
      : `${blocks.toLocaleString("en")} blocks (${formatBytes(cellSize)})`;
  const shown =
    range.end - range.from === map.size
      ? formatBytes(map.size)
      : `${describeRange(map, range.from, range.end - range.from)} of ${formatBytes(map.size)}`;
  return `${shown}; a cell is ${cell}`;
}

/** The cell that a key leads to. */
function targetOf({ key, ctrlKey }: KeyboardEvent, { chosen, columns, cells }: MapView): number | undefined {
  const row = chosen - (chosen % columns);
  switch (key) {
    case "ArrowLeft":
      return chosen - 1;
    case "ArrowRight":
      return chosen + 1;
    case "ArrowUp":
      return chosen < columns ? chosen : chosen - columns;
    case "ArrowDown":
      return chosen + columns < cells.length ? chosen + columns : chosen;
    case "Home":
      return ctrlKey ? 0 : row;
    case "End":
      return ctrlKey ? cells.length - 1 : row + columns - 1;
    default:
      return undefined;
  }
}

/** What is known of the chosen cell, also for those who cannot see it. */
function blockReadout(placeOf: BlockMapPictureOptions["placeOf"]) {
  const where = element("strong");
  const what = element("span");
  const whose = element("bdi");
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(view: MapView): void {
    const cell = view.chosenCell;
    where.textContent = describeRange(view.map, cell.at, cell.length);
    what.textContent = describeShares(cell.shares);
    whose.textContent = describeOwner(cell, () => undefined) ?? "";
    clearTimeout(timer);
    const block = view.telling;
    if (block === undefined || !OF_INODES.has(cell.main)) return;
    timer = setTimeout(
      () => tell(block, cell.shares.length > 1 ? `${LOOK_OF[cell.main].words} from block ${block} on: ` : ""),
      PAUSE,
    );
  }

  let asked = 0;
  async function tell(block: number, before: string): Promise<void> {
    const question = ++asked;
    const words = await placeOf(block).then(describePlace, () => undefined);
    if (question === asked && words !== undefined) whose.textContent = before + words;
  }

  const lines = [where, what, whose].map((line) => element("span", { class: "block-line" }, line));
  return { element: element("p", { class: "block-readout", "aria-live": "polite" }, ...lines), show };
}
