/** The files of a built page, read once. What is not among them does not exist, so that no request can name another. */
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { SiteFile } from "./site-file.ts";

export class Site {
  /** By path of their URL, which starts with a slash. */
  private readonly files = new Map<string, SiteFile>();

  /**
   * Reads all files under `folder`. Links are no part of a build, and are passed over.
   *
   * @throws as readdir(3) and open(2) fail
   */
  static async read(folder: string): Promise<Site> {
    const site = new Site();
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      site.add(`/${relative(folder, path).split(sep).join("/")}`, await readFile(path));
    }
    return site;
  }

  copy(): Site {
    const site = new Site();
    for (const [path, file] of this.files) site.files.set(path, file);
    return site;
  }

  add(path: string, bytes: Uint8Array): void {
    this.files.set(path, new SiteFile(path, bytes));
  }

  /** @param path  of a URL, as it was sent; "/" is the page */
  find(path: string): SiteFile | undefined {
    return this.files.get(path === "/" ? "/index.html" : path);
  }
}
