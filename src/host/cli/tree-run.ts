/** `layerkiln tree`: what it does. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Entry, Image, Place } from "../image/image.ts";
import { Descent } from "../image/walk.ts";
import type { Context } from "./context.ts";
import { fileToJson } from "./file-json.ts";
import { nameToJson } from "./file-text.ts";
import { stdout } from "./output.ts";
import { Printer, toBytes } from "./printer.ts";
import type { TreeFlags } from "./tree.ts";
import { withImage } from "./with-image.ts";

export async function runTree(this: Context, flags: TreeFlags, path: string, place = "/"): Promise<void> {
  await withImage(path, flags, (image) => {
    const top = image.stat(place, { follow: true });
    if (top.type !== "directory") throw new ImageError(ErrorCode.InvalidArgument, `${place}: is not a directory`);
    const printer = new Printer(stdout);
    const drawer = flags.json ? new JsonDrawer(image, printer) : new TextDrawer(image, printer);
    try {
      drawer.begin(place);
      draw(image, place, flags.depth ?? Number.POSITIVE_INFINITY, drawer);
      drawer.end();
    } finally {
      printer.flush();
    }
  });
}

/** What is told of a tree, each entry before those in it. */
interface Drawer {
  begin(place: string): void;

  /** @param lasts  whether it, and each directory on the way to it from the top, is the last of its siblings */
  entry(entry: Entry, lasts: readonly boolean[]): void;

  /** @param depth  entries of the directory that ends have one more level than that */
  endDirectory(depth: number): void;
  end(): void;
}

/** Not by recursion: an image may have more levels than a stack. */
function draw(image: Image, place: Place, depth: number, drawer: Drawer): void {
  const descent = new Descent(image);
  const open = [{ entries: descent.enter(place, 0), next: 0 }];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const entry = level.entries[level.next++];
    if (entry === undefined) {
      open.pop();
      drawer.endDirectory(open.length);
      continue;
    }
    drawer.entry(
      entry,
      open.map(({ entries, next }) => next === entries.length),
    );
    if (entry.type !== "directory") continue;
    if (open.length < depth) open.push({ entries: descent.enter(entry, open.length), next: 0 });
    else drawer.endDirectory(open.length);
  }
}

class TextDrawer implements Drawer {
  #directories = 0;
  #files = 0;

  constructor(
    private readonly image: Image,
    private readonly printer: Printer,
  ) {}

  begin(place: string): void {
    this.printer.line(this.printer.name(Buffer.from(place)));
  }

  entry({ nameBytes, type, inode }: Entry, lasts: readonly boolean[]): void {
    const above = lasts.slice(0, -1).map((isLast) => (isLast ? "    " : "│   "));
    const branch = toBytes(above.join("") + (lasts.at(-1) ? "└── " : "├── "));
    const arrow = type === "symlink" ? ` -> ${this.printer.name(this.image.readlink({ inode }))}` : "";
    this.printer.line(branch + this.printer.name(nameBytes) + arrow);
    if (type === "directory") this.#directories++;
    else this.#files++;
  }

  endDirectory(): void {}

  end(): void {
    const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;
    this.printer.line("");
    this.printer.line(
      `${count(this.#directories, "directory", "directories")}, ${count(this.#files, "file", "files")}`,
    );
  }
}

class JsonDrawer implements Drawer {
  #isFirst = true;

  constructor(
    private readonly image: Image,
    private readonly printer: Printer,
  ) {}

  begin(place: string): void {
    this.#open({
      ...nameToJson("path", Buffer.from(place)),
      ...fileToJson(this.image, place, this.image.stat(place, { follow: true })),
    });
  }

  entry(entry: Entry): void {
    const json = { ...nameToJson("name", entry.nameBytes), ...fileToJson(this.image, entry, this.image.stat(entry)) };
    if (entry.type === "directory") this.#open(json);
    else this.#line(JSON.stringify(json));
  }

  /** A directory's object, up to its entries. */
  #open(json: object): void {
    this.#line(`${JSON.stringify(json).slice(0, -1)},"entries":[`);
    this.#isFirst = true;
  }

  endDirectory(): void {
    this.printer.line("]}");
    this.#isFirst = false;
  }

  end(): void {}

  #line(json: string): void {
    this.printer.line((this.#isFirst ? "" : ",") + toBytes(json));
    this.#isFirst = false;
  }
}
