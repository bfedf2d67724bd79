/** The command that makes the same file outside the page. */

import { harmless } from "../../build/src/host/oci/shown.js";
import { commandOf } from "../command.ts";
import { element } from "../element.ts";
import type { Order } from "../order.ts";
import type { Subject } from "../subject.ts";
import { copyButton } from "./copy.ts";

export function commandView(subject: Subject, order: Order): Node {
  const command = commandOf(subject, order);
  if (command === undefined) return document.createDocumentFragment();
  return element(
    "div",
    { class: "command" },
    element("p", { class: "soft" }, "The same on the command line"),
    element("pre", { tabindex: 0, "aria-label": "Command" }, element("code", {}, harmless(command))),
    copyButton(command, "command"),
  );
}
