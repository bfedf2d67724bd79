/** Pages for tests to open. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { Site } from "../../src/host/web-server/site.ts";
import { inRepository } from "../fixtures/repository.ts";

/** The page that we ship. */
export function builtPage(): Promise<Site> {
  return Site.read(inRepository("build/page"));
}

const bundles = new Map<string, Promise<Site>>();

/**
 * An empty page that offers what a module exports, for `call`; bundled as users would, once a process.
 *
 * @param module  its file in test/browser/pages, or its path
 * @param files   what else is served, by path
 */
export async function bundled(module: string, files: Record<string, Uint8Array> = {}): Promise<Site> {
  let bundle = bundles.get(module);
  if (bundle === undefined) {
    bundle = makeBundle(resolve(inRepository("test/browser/pages"), module));
    bundles.set(module, bundle);
  }
  const site = (await bundle).copy();
  for (const [path, bytes] of Object.entries(files)) site.add(path, bytes);
  return site;
}

/** Has the page run what its module exports as `name`, and gives what comes of it. Both cross as JSON would, or nearly. */
export function call<T>(page: Page, name: string, ...values: unknown[]): Promise<T> {
  return page.evaluate(
    async ([name, values]) => {
      const { offered } = globalThis as unknown as { offered: Promise<Record<string, (...values: unknown[]) => T>> };
      const work = (await offered)[name];
      if (work === undefined) throw new Error(`the page's module exports no ${name}`);
      return await work(...values);
    },
    [name, values] as const,
  );
}

async function makeBundle(module: string): Promise<Site> {
  const { build } = await import("vite");
  const root = await mkdtemp(join(tmpdir(), "layerkiln-site-"));
  try {
    await writeFile(join(root, "index.html"), PAGE);
    await writeFile(join(root, "main.js"), `globalThis.offered = import(${JSON.stringify(module)});\n`);
    const outDir = join(root, "made");
    await build({
      configFile: false,
      root,
      logLevel: "warn",
      resolve: { alias: { "layerkiln/web": inRepository("build/src/web.js") } },
      worker: { format: "es" },
      build: { outDir, target: "es2023", minify: false, assetsInlineLimit: 0, modulePreload: false },
    });
    return await Site.read(outDir);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const PAGE = `<!doctype html>
<html lang="en">
<title>A test</title>
<link rel="icon" href="data:,">
<script type="module" src="./main.js"></script>
`;
