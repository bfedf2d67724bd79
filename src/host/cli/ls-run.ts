/** `layerkiln ls`: what it does. */
import type { Entry, Image } from "../image/image.ts";
import type { Stats } from "../image/stats.ts";
import { directories, joinPath, type Visited } from "../image/walk.ts";
import type { Context } from "./context.ts";
import { fileToJson } from "./file-json.ts";
import { formatMode, formatShortTime, nameToJson } from "./file-text.ts";
import { formatShortFileTime } from "./file-time.ts";
import type { LsFlags } from "./ls.ts";
import { stdout } from "./output.ts";
import { type ByteText, Printer } from "./printer.ts";
import { formatAttributes } from "./windows-text.ts";
import { withImage } from "./with-image.ts";

export async function runLs(this: Context, flags: LsFlags, path: string, place = "/"): Promise<void> {
  await withImage(path, flags, (image) => {
    const printer = new Printer(stdout);
    const lister = flags.json ? new JsonLister(image, printer) : new TextLister(image, printer, flags);
    // As ls does: a link that is named leads on, unless it is itself what is asked about.
    const stats = image.stat(place, { follow: !flags.long });
    const cleaned = image.splitPath(place).reduce(joinPath, new Uint8Array());
    try {
      if (stats.type !== "directory") lister.file(cleaned, stats);
      else for (const visited of visit(image, place, cleaned, flags)) lister.directory(visited);
      lister.end();
    } finally {
      printer.flush();
    }
  });
}

function* visit(image: Image, place: string, path: Uint8Array, { recursive, all }: LsFlags): Generator<Visited> {
  for (const visited of directories(image, place, path)) {
    yield all ? { ...visited, entries: [...dotsOf(image, visited.path), ...visited.entries] } : visited;
    if (!recursive) return;
  }
}

/** `.` and `..`, with what they lead to. */
function dotsOf(image: Image, path: Uint8Array): Entry[] {
  const self = image.stat(path, { follow: true });
  const parts = [
    [".", self.inode],
    ["..", image.stat(joinPath(path, Buffer.from("..")), { follow: true }).inode],
  ] as const;
  return parts.map(([name, inode]) => ({ name, nameBytes: Buffer.from(name), inode, type: "directory" }));
}

class JsonLister {
  #first = true;

  constructor(
    private readonly image: Image,
    private readonly printer: Printer,
  ) {}

  file(path: Uint8Array, stats: Stats): void {
    const json = { ...nameToJson("path", path), ...fileToJson(this.image, stats, stats) };
    this.printer.line(`${this.#first ? "[" : ","}${Buffer.from(JSON.stringify(json)).toString("latin1")}`);
    this.#first = false;
  }

  directory({ path, entries }: Visited): void {
    for (const entry of entries) this.file(joinPath(path, entry.nameBytes), this.image.stat(entry));
  }

  end(): void {
    this.printer.line(this.#first ? "[]" : "]");
  }
}

class TextLister {
  #first = true;

  constructor(
    private readonly image: Image,
    private readonly printer: Printer,
    private readonly flags: LsFlags,
  ) {}

  file(path: Uint8Array, { inode }: Stats): void {
    this.#rows([{ nameBytes: path, inode }]);
  }

  directory({ path, entries }: Visited): void {
    if (this.flags.recursive) {
      if (!this.#first) this.printer.line("");
      this.#first = false;
      this.printer.line(`${path.length === 0 ? "/" : this.printer.name(path)}:`);
    }
    this.#rows(entries);
  }

  end(): void {}

  #rows(entries: readonly Pick<Entry, "nameBytes" | "inode">[]): void {
    if (!this.flags.long) {
      for (const { nameBytes } of entries) this.printer.line(this.printer.name(nameBytes));
      return;
    }
    const cellsOf = this.image.format === "cim" ? windowsCells : inodeCells;
    const rows = entries.map(({ nameBytes, inode }) => {
      const stats = this.image.stat({ inode });
      const arrow = stats.type === "symlink" ? ` -> ${this.printer.name(this.image.readlink({ inode }))}` : "";
      return { cells: cellsOf(this.image, stats), name: this.printer.name(nameBytes) + arrow };
    });
    const widths = rows.reduce<number[]>(
      (most, { cells }) => cells.map(({ length }, i) => Math.max(length, most[i] ?? 0)),
      [],
    );
    for (const { cells, name } of rows)
      this.printer.line(`${cells.map((cell, i) => cell.padStart(widths[i]!)).join(" ")} ${name}`);
  }
}

function inodeCells(_image: Image, stats: Stats): ByteText[] {
  const { links, uid, gid, size, device, mtime } = stats;
  const sizeOrDevice = device ? `${device.major}, ${device.minor}` : String(size);
  return [formatMode(stats), String(links), String(uid), String(gid), sizeOrDevice, formatShortTime(mtime)];
}

/** As Windows has it: neither modes nor owners that are numbers. */
function windowsCells(image: Image, stats: Stats): ByteText[] {
  const windows = image.windows(stats);
  const size = stats.type === "file" ? String(stats.size) : "-";
  return [formatAttributes(windows), size, formatShortFileTime(windows.lastWriteTime)];
}
