/** Inside a disk image: what it says of itself, its files, its blocks, and the hash tree behind them. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { type Inspection, openImage } from "../../build/src/web.js";
import { element, foreign } from "../element.ts";
import { filesView } from "./files.ts";
import { laterView } from "./later.ts";

/** @param gone  when nobody looks at it any more */
export async function diskView(file: Blob, gone: AbortSignal): Promise<HTMLElement> {
  const image = await openImage(file);
  const close = () => void image.close();
  if (gone.aborted) close();
  else gone.addEventListener("abort", close, { once: true });
  const inspection = await image.inspect();
  return element(
    "div",
    { class: "disk" },
    summary(inspection),
    part("Files", await filesView(image)),
    laterView("Blocks: what stands where", async () => (await import("./blocks.ts")).blocksView(image)),
    inspection.verity &&
      laterView("Hash tree", async () => (await import("./hash-tree.ts")).hashTreeView(image, inspection)),
  );
}

function part(title: string, body: HTMLElement): HTMLElement {
  return element("section", { class: "part" }, element("h2", {}, title), body);
}

type Row = readonly [name: string, value: string | Node];

function summary({ filesystem, containers, fileSize, verity }: Inspection): HTMLElement {
  const { type, size, blocks, freeBlocks, blockSize, inodes, freeInodes, label, uuid } = filesystem;
  const rows: Row[] = [
    ["Filesystem", `${type}, ${formatBytes(size)}, ${formatBytes(freeBlocks * blockSize)} of it free`],
    ["File", `${formatBytes(fileSize)}${containers.length === 0 ? "" : `, ${containers.map(wordsOf).join(", ")}`}`],
    ...(label === "" ? [] : [["Label", foreign(label)] as Row]),
    ["UUID", element("code", {}, uuid)],
    ["Files", `${(inodes - freeInodes).toLocaleString("en")} inodes of ${inodes.toLocaleString("en")}`],
    ["Blocks", `${blocks.toLocaleString("en")} of ${blockSize} bytes`],
    ["State", stateOf(filesystem)],
    ...(verity ? ([["Salt", element("code", {}, verity.salt || "none")]] as Row[]) : []),
  ];
  return element(
    "dl",
    { class: "facts-list" },
    ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

const WORDS: Record<Inspection["containers"][number], string> = {
  vhd: "a VHD",
  "vhd-dynamic": "a dynamic VHD",
  vhdx: "a VHDX",
  verity: "with a dm-verity tree",
};

const wordsOf = (container: Inspection["containers"][number]): string => WORDS[container];

function stateOf({ clean, needsRecovery }: Inspection["filesystem"]): string {
  if (needsRecovery) return "its journal holds changes that are not in their places yet";
  return clean ? "clean" : "was not unmounted in order";
}
