/** Inside a CIM: what it says of itself, and its files. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { type CimInspection, openImage, type WebCimParts } from "../../build/src/web.js";
import { element } from "../element.ts";
import { filesView } from "./files.ts";

/** @param gone  when nobody looks at it any more */
export async function cimView(parts: WebCimParts, gone: AbortSignal): Promise<HTMLElement> {
  const image = await openImage(parts, { signal: gone });
  gone.addEventListener("abort", () => void image.close(), { once: true });
  const summary = summaryOf(await image.inspectCim());
  const files = element("section", { class: "part" }, element("h2", {}, "Files"), await filesView(image));
  return element("div", { class: "disk" }, summary, files);
}

function summaryOf({ version, size, regionSet, parents, files, directories, bytes }: CimInspection): HTMLElement {
  const rows: [name: string, value: string | Node][] = [
    ["Filesystem", `CIM ${version}, ${formatBytes(size)} with its regions`],
    ["Files", `${files.toLocaleString("en")} in ${directories.toLocaleString("en")} directories`],
    ["Content", formatBytes(bytes.content)],
    ["Regions", element("code", {}, regionSet.guid)],
    ["Parents", parents.length === 0 ? "none, it holds all that it shows" : String(parents.length)],
  ];
  return element(
    "dl",
    { class: "facts-list" },
    ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}
