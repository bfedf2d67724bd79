/** Where files come in: dropped anywhere on the page, pasted, or chosen. */
import { button, element } from "../element.ts";
import { compareNames } from "../names.ts";
import type { DroppedFile } from "../subject.ts";

export type TakeFiles = (files: readonly DroppedFile[]) => void;

/** The zone that says so, and its buttons. */
export function dropZone(take: TakeFiles, trySample: () => void): HTMLElement {
  const input = fileInput(take);
  return element(
    "div",
    { class: "drop" },
    element("p", { class: "drop-title" }, "Drop a layer, a container image or a disk here"),
    element("p", { class: "soft" }, "tar, tar.gz, tar.zst · docker save and OCI archives · ext4, VHD, VHDX"),
    element(
      "p",
      { class: "actions" },
      button("Choose files", () => input.click(), { class: "primary" }),
      button("Try it with a sample", trySample),
    ),
    input,
  );
}

/** The way to other files once there are some. */
export function chooseOthers(take: TakeFiles): HTMLElement {
  const input = fileInput(take);
  return element(
    "span",
    {},
    button("Choose other files", () => input.click(), { class: "quiet" }),
    input,
  );
}

/** Not seen and not in the order of the Tab key: its button is. */
export function fileInput(take: TakeFiles, attributes: { multiple?: boolean } = { multiple: true }): HTMLInputElement {
  const input: HTMLInputElement = element("input", {
    type: "file",
    class: "file-input",
    tabindex: -1,
    "aria-label": "Files",
    "aria-hidden": "true",
    ...attributes,
    on: {
      change: () => {
        take(named(input.files ?? []));
        input.value = ""; // so that the same file may be chosen again
      },
    },
  });
  return input;
}

/** Files that are dropped or pasted anywhere. */
export function takeEverywhere(take: TakeFiles, refuse: (sentence: string) => void): void {
  let depth = 0; // a child is entered before its parent is left
  const mark = (change: number) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle("is-dragged-over", depth > 0);
  };
  document.addEventListener("dragenter", (event) => {
    if (hasFiles(event.dataTransfer)) mark(1);
  });
  document.addEventListener("dragleave", (event) => {
    if (hasFiles(event.dataTransfer)) mark(-1);
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(-depth);
    takeFrom(event.dataTransfer, take, refuse);
  });
  document.addEventListener("paste", (event) => takeFrom(event.clipboardData, take, refuse));
}

const hasFiles = (data: DataTransfer | null): boolean => data?.types.includes("Files") ?? false;

function takeFrom(data: DataTransfer | null, take: TakeFiles, refuse: (sentence: string) => void): void {
  if (!data || !hasFiles(data)) return;
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.());
  if (entries.some((entry) => entry?.isDirectory)) {
    refuse("That is a folder. Pack it into a tar, and drop that.");
  } else {
    take(named(data.files));
  }
}

/** By their names: layers are called in the order in which they lie more often than not. */
function named(files: Iterable<File>): DroppedFile[] {
  return [...files].map((file) => ({ name: file.name, file })).sort((a, b) => compareNames(a.name, b.name));
}
