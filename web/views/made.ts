/** What was made: its size, its digests, and the ways to take it. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { announce } from "../announce.ts";
import { button, element, foreign } from "../element.ts";
import type { Made } from "../made.ts";
import type { Order } from "../order.ts";
import { formatSeconds } from "../rate.ts";
import type { Subject } from "../subject.ts";
import { commandView } from "./command.ts";
import { wholeDigest } from "./copy.ts";
import { takeButtons } from "./take.ts";

export interface MadeActions {
  readonly change: () => void;

  /** Absent where it is nothing that can be looked into. */
  readonly lookInside?: (() => void) | undefined;
}

export function madeView(subject: Subject, order: Order, made: Made, actions: MadeActions): HTMLElement {
  announce(`Done: ${made.name}, ${formatBytes(made.size)}`);
  return element(
    "section",
    { class: "card made" },
    element("h2", { tabindex: -1 }, "Your disk is ready"),
    element("p", { class: "made-name" }, foreign(made.name)),
    element("p", { class: "facts" }, sentenceOf(made)),
    element("p", { class: "actions" }, ...takeButtons(made)),
    factsOf(made),
    hintOf(made),
    commandView(subject, order),
    element(
      "p",
      { class: "actions" },
      actions.lookInside && button("Look inside", actions.lookInside),
      button("Make something else of it", actions.change, { class: "quiet" }),
    ),
  );
}

function sentenceOf({ size, entries, seconds, isFromStore }: Made): string {
  return [
    formatBytes(size),
    ...(entries === undefined ? [] : [`${entries.toLocaleString("en")} ${entries === 1 ? "entry" : "entries"}`]),
    isFromStore ? "kept from before" : `made in ${formatSeconds(seconds)}`,
  ].join(" · ");
}

function factsOf({ size, rootHash, hashOffset, diffId }: Made): HTMLElement {
  const rows: [string, Node | string][] = [
    ...(rootHash === undefined ? [] : ([["Root hash", wholeDigest(rootHash, "root hash")]] as [string, Node][])),
    ...(hashOffset === undefined ? [] : ([["Hash offset", hashOffset.toLocaleString("en")]] as [string, string][])),
    ...(diffId === undefined ? [] : ([["Diff ID", wholeDigest(diffId, "diff ID")]] as [string, Node][])),
    ["Size", `${size.toLocaleString("en")} bytes`],
  ];
  return element(
    "dl",
    { class: "facts-list" },
    ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

function hintOf({ keptWhiteouts = 0 }: Made): HTMLElement | undefined {
  if (keptWhiteouts === 0) return undefined;
  const marks =
    keptWhiteouts === 1
      ? "1 mark of a deleted file was kept as a file"
      : `${keptWhiteouts} marks of deleted files were kept as files`;
  return element(
    "p",
    { class: "hint" },
    `${marks}. If layers will be mounted over one another, choose “For overlayfs”.`,
  );
}
