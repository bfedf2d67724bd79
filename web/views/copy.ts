/** Values that people carry elsewhere: shown short, copied whole. */
import { shown } from "../../build/src/host/oci/shown.js";
import { announce } from "../announce.ts";
import { element } from "../element.ts";

const DONE_FOR = 2000; // milliseconds

/** @param what  what is copied, for those who hear it: `root hash` */
export function copyButton(text: string, what: string): HTMLButtonElement {
  const label = element("span", {}, "Copy");
  const made = element("button", { type: "button", class: "quiet copy", "aria-label": `Copy ${what}` }, label);
  made.addEventListener("click", async () => {
    const isDone = await copy(text);
    label.textContent = isDone ? "Copied" : "Not copied";
    announce(isDone ? `Copied ${what}` : "The browser did not allow it; select the text instead");
    setTimeout(() => {
      label.textContent = "Copy";
    }, DONE_FOR);
  });
  return made;
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // the clipboard is closed to this page, or it is not in front
  }
}

/** `sha256:3b6e0ea5fe5a…`, whole for those who ask. */
export function shortDigest(digest: string, what: string): HTMLElement {
  const [algorithm = "", hex = ""] = digest.split(":");
  const short = hex === "" ? digest.slice(0, 16) : `${algorithm}:${hex.slice(0, 12)}`;
  return element(
    "span",
    { class: "digest" },
    element("code", { title: shown(digest) }, `${shown(short)}…`),
    copyButton(digest, what),
  );
}

/** All of it, however wide the page is. */
export function wholeDigest(digest: string, what: string): HTMLElement {
  return element("span", { class: "digest whole" }, element("code", {}, shown(digest)), copyButton(digest, what));
}
