/** The files of an image as a tree, whose directories are read when they are opened. */
import { textOf } from "../../build/src/host/bytes.js";
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { shown } from "../../build/src/host/oci/shown.js";
import type { Entry, WebImage } from "../../build/src/web.js";
import { announce } from "../announce.ts";
import { button, element, foreign } from "../element.ts";
import { compareNames } from "../names.ts";
import { download } from "./take.ts";

/** Names that are shown of a directory before one asks for more. */
const AT_ONCE = 200;

export async function filesView(image: WebImage): Promise<HTMLElement> {
  return listOf(image, await namesIn(image, "/"), "Root directory");
}

/** Directories first, then by name. */
async function namesIn(image: WebImage, place: string | { inode: number }): Promise<Entry[]> {
  const entries = await image.list(place);
  const rank = ({ type }: Entry) => (type === "directory" ? 0 : 1);
  return entries.sort((a, b) => rank(a) - rank(b) || compareNames(a.name, b.name));
}

function listOf(image: WebImage, entries: readonly Entry[], label: string): HTMLElement {
  if (entries.length === 0) return element("p", { class: "soft empty-directory" }, "Nothing in it.");
  const list = element("ul", { class: "files", "aria-label": label });
  const showFrom = (start: number) => {
    const end = Math.min(start + AT_ONCE, entries.length);
    const rows = entries.slice(start, end).map((entry) => row(image, entry));
    list.append(...rows);
    if (end === entries.length) return rows;
    const rest = entries.length - end;
    const more = element("li", {});
    const show = () => {
      more.remove();
      showFrom(end)[0]?.querySelector<HTMLElement>("button")?.focus();
    };
    more.append(button(`${Math.min(rest, AT_ONCE)} more of ${rest.toLocaleString("en")}`, show, { class: "quiet" }));
    list.append(more);
    return rows;
  };
  showFrom(0);
  return list;
}

function row(image: WebImage, entry: Entry): HTMLElement {
  return entry.type === "directory" ? directoryRow(image, entry) : fileRow(image, entry);
}

function directoryRow(image: WebImage, entry: Entry): HTMLElement {
  const item = element("li", {});
  let body: HTMLElement | undefined;
  const toggle = element("button", { type: "button", class: "quiet directory", "aria-expanded": "false" });
  toggle.append(foreign(entry.name), "/");
  toggle.addEventListener("click", async () => {
    const isOpen = toggle.getAttribute("aria-expanded") === "true";
    toggle.setAttribute("aria-expanded", String(!isOpen));
    if (body) {
      body.hidden = isOpen;
      return;
    }
    body = element("div", { class: "within" }, element("p", { class: "soft" }, "Reading…"));
    item.append(body);
    body.replaceChildren(await contents(image, entry));
  });
  item.append(toggle);
  return item;
}

async function contents(image: WebImage, entry: Entry): Promise<HTMLElement> {
  try {
    return listOf(image, await namesIn(image, entry), shown(entry.name).slice(0, 80));
  } catch (error) {
    return element("p", { class: "problem" }, foreign((error as Error).message));
  }
}

function fileRow(image: WebImage, entry: Entry): HTMLElement {
  const facts = element("span", { class: "facts" }, TYPES[entry.type] ?? "");
  const item = element("li", { class: "file" }, element("span", { class: "name" }, foreign(entry.name)), facts);
  if (entry.type === "symlink") {
    void image.readlink(entry).then(
      (target) => facts.replaceChildren("→ ", foreign(textOf(target))),
      () => {}, // it stays a link
    );
  }
  if (entry.type === "file") {
    const take = async () => {
      try {
        download({ name: entry.name, file: await image.readBlob(entry) });
      } catch (error) {
        announce((error as Error).message);
        facts.replaceChildren(foreign((error as Error).message));
      }
    };
    void image.stat(entry).then(
      ({ size }) => {
        facts.textContent = formatBytes(size);
      },
      () => {}, // it is told to who takes the file
    );
    item.append(
      button("Download", () => void take(), {
        class: "quiet small",
        "aria-label": `Download ${shown(entry.name).slice(0, 80)}`,
      }),
    );
  }
  return item;
}

const TYPES: { readonly [type: string]: string } = {
  symlink: "link",
  character: "character device",
  block: "block device",
  fifo: "pipe",
  socket: "socket",
};
