/** The ways to take a file out of the page. */
import { announce } from "../announce.ts";
import { button, element } from "../element.ts";

export interface Takeable {
  readonly name: string;
  readonly file: Blob;
}

type SavePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/** How long an address of a file is kept for the browser to begin with it. Milliseconds. */
export const KEPT_FOR = 60_000;

export function takeButtons(what: Takeable): HTMLElement[] {
  const pick = (globalThis as { showSaveFilePicker?: SavePicker }).showSaveFilePicker;
  return [button("Download", () => download(what), { class: "primary" }), ...(pick ? [saveAsButton(what, pick)] : [])];
}

export function download({ name, file }: Takeable): void {
  const address = URL.createObjectURL(file);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_FOR);
}

function saveAsButton({ name, file }: Takeable, pick: SavePicker): HTMLButtonElement {
  const made = button("Save as…", async () => {
    try {
      const handle = await pick({ suggestedName: name });
      made.disabled = true;
      made.textContent = "Saving…";
      await file.stream().pipeTo(await handle.createWritable()); // the file takes its place when all of it is written
      announce(`Saved as ${handle.name}`);
      made.textContent = "Saved";
    } catch (error) {
      const isChoice = error instanceof DOMException && error.name === "AbortError";
      made.textContent = isChoice ? "Save as…" : "Could not be saved";
      if (!isChoice) announce(`Could not be saved: ${error instanceof Error ? error.message : error}`);
    } finally {
      made.disabled = false;
    }
  });
  return made;
}
