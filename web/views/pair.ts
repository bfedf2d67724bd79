/** Why two images differ: the first block that does, what it is in each, and what is most likely behind it. */
import { describePlace } from "../../build/src/host/explain/place-words.js";
import { type Explanation, explainDifference } from "../../build/src/web.js";
import { element, foreign } from "../element.ts";
import type { PairSubject } from "../subject.ts";
import { laterView } from "./later.ts";

const decoder = new TextDecoder();

/** @param gone  when nobody looks at it any more */
export async function pairView(pair: PairSubject, gone: AbortSignal): Promise<HTMLElement> {
  const explanation = await explainDifference(pair.a.file, pair.b.file, { signal: gone });
  const trees = laterView("Hash trees", async () => (await import("./tree-pair.ts")).treePairView(pair, gone));
  const parts = partsOf(explanation, pair.a.name, pair.b.name);
  return element("div", { class: "pair" }, ...parts, !explanation.same && trees);
}

function partsOf(explanation: Explanation, a: string, b: string): HTMLElement[] {
  const { same, first, reason, differingBlocks, blocks, files } = explanation;
  if (same) return [element("p", { class: "verdict" }, "They are the same, byte for byte.")];
  return [
    element("p", { class: "verdict" }, verdictOf(differingBlocks, blocks)),
    ...(reason === undefined ? [] : [element("p", {}, foreign(`Most likely: ${reason}`))]),
    ...(first ? [firstOf(first, a, b)] : []),
    ...(files.length === 0 ? [] : [filesOf(explanation)]),
  ];
}

function verdictOf(differing: number, blocks: number): string {
  if (differing === 0) return "The disks are the same; what stands around them differs.";
  return `${differing.toLocaleString("en")} of ${blocks.toLocaleString("en")} blocks ${differing === 1 ? "differs" : "differ"}.`;
}

function firstOf(first: NonNullable<Explanation["first"]>, a: string, b: string): HTMLElement {
  const rows = first.fields.map(({ of, field, a, b }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, foreign(of === undefined ? field : `${of}, ${field}`)),
      element("td", {}, foreign(a ?? "none")),
      element("td", {}, foreign(b ?? "none")),
    ),
  );
  return element(
    "section",
    { class: "part" },
    element("h2", {}, `The first is block ${first.block.toLocaleString("en")}, from its byte ${first.byte} on`),
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("td", {}),
          element("th", { scope: "col" }, foreign(a)),
          element("th", { scope: "col" }, foreign(b)),
        ),
      ),
      element(
        "tbody",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "row" }, "It is"),
          element("td", {}, foreign(describePlace(first.a))),
          element("td", {}, foreign(describePlace(first.b))),
        ),
        ...rows,
      ),
    ),
  );
}

function filesOf({ files }: Explanation): HTMLElement {
  const items = files
    .slice(0, 20)
    .map(({ path, inode, blocks }) =>
      element(
        "li",
        {},
        element("span", { class: "name" }, foreign(path ? decoder.decode(path) : `inode ${inode}`)),
        element("span", { class: "facts" }, `${blocks} ${blocks === 1 ? "block" : "blocks"}`),
      ),
    );
  return element(
    "section",
    { class: "part" },
    element("h2", {}, "Files with blocks that differ"),
    element("ul", { class: "stored-list" }, ...items),
  );
}
