/** Says what happened to those who do not see it: one region, spoken when the reader is done with what it says. */
import { shown } from "../build/src/host/oci/shown.js";
import { element } from "./element.ts";

export const announcer = element("div", { class: "for-readers", role: "status", "aria-live": "polite" });

export function announce(sentence: string): void {
  announcer.textContent = shown(sentence);
}
