/** A part of the page that is made when it is first opened: its code, and what it shows, are loaded then. */
import { harmless } from "../../build/src/host/oci/shown.js";
import { announce } from "../announce.ts";
import { element } from "../element.ts";

export function laterView(title: string, make: () => Promise<HTMLElement>, isOpen = false): HTMLElement {
  const body = element("div", { class: "later-body" });
  const load = async () => {
    body.replaceChildren(element("p", { class: "soft" }, "Looking…"));
    try {
      body.replaceChildren(await make());
      if (body.isConnected) announce(`Shown: ${title}`); // not all of it: no reader wants every file read out
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      body.replaceChildren(element("p", { class: "problem" }, harmless(sentence)));
      if (body.isConnected) announce(sentence);
    }
  };
  if (isOpen) {
    void load();
    return body;
  }
  const details: HTMLDetailsElement = element(
    "details",
    { class: "later", on: { toggle: () => details.open && body.childElementCount === 0 && void load() } },
    element("summary", {}, title),
    body,
  );
  return details;
}
