/** What went wrong, in the words of the command line, and what to do next. */

import { harmless } from "../../build/src/host/oci/shown.js";
import { announce } from "../announce.ts";
import { button, element } from "../element.ts";
import type { Failure } from "../state.ts";

/** @param retry  back to what was asked for, if anything was */
export function failureView({ sentence, advice }: Failure, retry: (() => void) | undefined): HTMLElement {
  announce(`Failed: ${sentence}`);
  return element(
    "section",
    { class: "card failed" },
    element(retry ? "h2" : "h1", { tabindex: -1 }, "That did not work"),
    element("p", { class: "sentence" }, element("bdi", {}, harmless(sentence))),
    advice !== undefined && element("p", {}, advice),
    element("p", { class: "soft" }, "Nothing was left behind."),
    retry && element("p", { class: "actions" }, button("Change and try again", retry, { class: "primary" })),
  );
}
