/** What a directory holds, as a table: a treemap in words. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import type { PathTree } from "../../build/src/host/stack/path-tree.js";
import { element } from "../element.ts";
import { bytesAt } from "./treemap-layout.ts";
import { nameOf } from "./treemap-plane.ts";

/** Rows at first, and more at a time. */
const SOME = 25;

/** @param open  is told of the directory that is to be shown */
export function treemapTable(tree: PathTree, directory: number, open: (row: number) => void): HTMLElement {
  const rows = [...tree.children.subarray(tree.starts[directory]!, tree.starts[directory + 1]!)]
    .filter((row) => bytesAt(tree, row) > 0)
    .sort((one, other) => bytesAt(tree, other) - bytesAt(tree, one) || one - other);
  const body = element("tbody");
  const more = element("button", { type: "button", on: { click: showMore } });
  let shown = 0;

  function showMore(): void {
    const next = rows.slice(shown, shown + SOME).map((row) => tableRow(tree, row, open));
    shown += next.length;
    body.append(...next);
    more.hidden = shown === rows.length;
    more.textContent = `Show ${Math.min(SOME, rows.length - shown)} more of ${(rows.length - shown).toLocaleString("en")}`;
  }

  showMore();
  const heads = ["Name", "Visible", "Shadowed", "Whiteouted"];
  const table = element(
    "table",
    {},
    element("caption", {}, "What the directory holds, the largest first"),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    body,
  );
  // It scrolls sideways where the page is narrow, and by keyboard too.
  const scroll = element(
    "div",
    { class: "treemap-scroll", tabindex: 0, role: "group", "aria-label": "Treemap as a table" },
    table,
  );
  return element("div", { class: "treemap-table" }, scroll, more);
}

function tableRow(tree: PathTree, row: number, open: (row: number) => void): HTMLElement {
  const isDirectory = tree.starts[row]! < tree.starts[row + 1]!;
  const name = element("bdi", {}, `${nameOf(tree, row)}${isDirectory ? "/" : ""}`);
  const head = isDirectory ? element("button", { type: "button", on: { click: () => open(row) } }, name) : name;
  const amounts = [tree.visible, tree.shadowed, tree.whiteouted].map((column) => column[row]!);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, head),
    ...amounts.map((bytes) => element("td", {}, bytes === 0 ? "–" : formatBytes(bytes))),
  );
}
