/** Has the browser keep the page, so that it works without a network. */
import { element } from "./element.ts";

/** @returns a line that says so once it is true */
export function startOffline(): HTMLElement {
  const line = element("p", { class: "offline" });
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return line;
  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register("service-worker.js");
      await navigator.serviceWorker.ready;
      line.textContent = "Works offline now.";
    } catch {} // the page works as well, as long as there is a network
  });
  return line;
}
