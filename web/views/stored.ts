/** Finished disks that this browser keeps, so that the same layer need not be converted twice. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { harmless, shown } from "../../build/src/host/oci/shown.js";
import type { Cleared, ImageStore, StoredImage } from "../../build/src/web.js";
import { announce } from "../announce.ts";
import { button, element, foreign } from "../element.ts";
import { store } from "../stored.ts";
import type { DroppedFile } from "../subject.ts";
import { download, KEPT_FOR } from "./take.ts";

export interface StoredView {
  readonly element: HTMLElement;
  refresh(): Promise<void>;
}

/** @param open  looks into one of them */
export function storedView(open: (file: DroppedFile) => void): StoredView {
  const list = element("ul", { class: "stored-list" });
  const room = element("p", { class: "soft" });
  const problem = element("p", { class: "problem" });
  const section = element(
    "section",
    { class: "stored", hidden: true, "aria-labelledby": "stored-title" },
    element("h2", { id: "stored-title", tabindex: -1 }, "Kept in this browser"),
    room,
    problem,
    list,
    element(
      "p",
      { class: "actions" },
      button("Delete all", () => void clear(), { class: "quiet" }),
    ),
  );

  const fail = (sentence: string) => {
    announce(sentence);
    problem.textContent = harmless(sentence);
  };
  const show = async () => {
    const kept = await store();
    const images = (await kept?.list()) ?? [];
    section.hidden = images.length === 0;
    if (!kept || images.length === 0) return;
    const { bytes, maxBytes } = await kept.usage();
    room.textContent = `${formatBytes(bytes)} of at most ${formatBytes(maxBytes)}. What was not used for longest goes first.`;
    list.replaceChildren(...images.map((image) => row(image, { open, remove, fail })));
  };
  const refresh = () =>
    show().catch((error: Error) => {
      section.hidden = false;
      fail(error.message);
    });
  const change = async (act: (kept: ImageStore) => Promise<string>) => {
    const kept = await store();
    if (!kept) return;
    try {
      problem.textContent = "";
      announce(await act(kept));
    } catch (error) {
      fail((error as Error).message);
    }
    await refresh();
    focusAfter(section);
  };
  const remove = (id: string) => change((kept) => kept.remove(id).then(() => "Deleted"));
  const clear = () => change((kept) => kept.clear().then(wordsOf));
  return { element: section, refresh };
}

/** What had the focus is gone: its neighbour is this section, or the page where that is gone too. */
function focusAfter(section: HTMLElement): void {
  const place = section.hidden
    ? document.querySelector<HTMLElement>(".hero h1, #subject-title")
    : section.querySelector("h2");
  place?.focus();
}

function wordsOf({ removed, kept }: Cleared): string {
  return kept === 0 ? "All deleted" : `${removed} deleted; ${kept} are open, here or in another tab`;
}

interface RowActions {
  readonly open: (file: DroppedFile) => void;
  readonly remove: (id: string) => Promise<void>;
  readonly fail: (sentence: string) => void;
}

function row({ id, title, size, made }: StoredImage, { open, remove, fail }: RowActions): HTMLElement {
  const use = (act: (file: DroppedFile) => void) => async () => {
    try {
      const { file, release } = await (await store())!.open(id);
      act({ name: title, file, release });
    } catch (error) {
      fail((error as Error).message);
    }
  };
  const take = (file: DroppedFile) => {
    download(file);
    setTimeout(() => void file.release?.(), KEPT_FOR);
  };
  const shortTitle = shown(title).slice(0, 80);
  const action = (label: string, act: () => Promise<void>) =>
    button(label, () => void act(), { class: "quiet", "aria-label": `${label}: ${shortTitle}` });
  return element(
    "li",
    {},
    element("span", { class: "name" }, foreign(title)),
    element("span", { class: "facts" }, `${formatBytes(size)} · ${new Date(made).toLocaleString("en-GB", WHEN)}`),
    element(
      "span",
      { class: "row-actions" },
      action("Look inside", use(open)),
      action("Download", use(take)),
      action("Delete", () => remove(id)),
    ),
  );
}

const WHEN: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };
