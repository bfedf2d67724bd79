/** `layerkiln ls`: what it does. */
import type { Entry, Image } from "../image/image.ts";
import type { Stats } from "../image/stats.ts";
import { directories, joinPath, type Visited } from "../image/walk.ts";
import type { Context } from "./context.ts";
import { fileToJson, formatMode, formatShortTime, nameToJson } from "./file-text.ts";
import { withImage } from "./image-argument.ts";
import type { LsFlags } from "./ls.ts";
import { stdout } from "./output.ts";
import { type ByteText, Printer } from "./printer.ts";

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
    const rows = entries.map((entry) => this.#row(entry, this.image.stat(entry)));
    const widths = [1, 2, 3, 4].map((column) => rows.reduce((width, row) => Math.max(width, row[column]!.length), 0));
    for (const [mode, links, uid, gid, size, time, name] of rows) {
      const [a, b, c, d] = [links, uid, gid, size].map((text, index) => text!.padStart(widths[index]!));
      this.printer.line(`${mode} ${a} ${b} ${c} ${d} ${time} ${name}`);
    }
  }

  #row({ nameBytes, inode }: Pick<Entry, "nameBytes" | "inode">, stats: Stats): ByteText[] {
    const { links, uid, gid, size, device, type, mtime } = stats;
    const arrow = type === "symlink" ? ` -> ${this.printer.name(this.image.readlink({ inode }))}` : "";
    return [
      formatMode(stats),
      String(links),
      String(uid),
      String(gid),
      device ? `${device.major}, ${device.minor}` : String(size),
      formatShortTime(mtime),
      this.printer.name(nameBytes) + arrow,
    ];
  }
}
