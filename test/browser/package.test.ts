/** What a user has of the package: a page of ten lines, compiled, bundled and opened. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Site } from "../../src/host/web-server/site.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { inRepository } from "../fixtures/repository.ts";
import { imageOf } from "../fixtures/some-layer.ts";
import { inChromium } from "./chromium.ts";
import type { Visit } from "./visit.ts";

const bundles = suite("browser: the package in a user's bundle");
const test = inChromium(bundles);

const layer = realisticTar(300);

const PAGE = `
import { convert, type ConvertOptions, ImageError, openStore, type Progress } from "layerkiln/web";

const options: ConvertOptions = { verity: true, onProgress: ({ bytesRead }: Progress) => (document.title = String(bytesRead)) };

async function run(): Promise<string> {
  const layer = await (await fetch("/layer.tar")).blob();
  const { blob, rootHash } = await convert(layer, "blob", options);
  const store = await openStore();
  const { file, isNew, release } = await store.convert(layer, options);
  if (!isNew || file.size !== blob?.size || rootHash === undefined) throw new Error("the store has another image");
  await release();
  const refused = await convert(new Uint8Array(700), "blob").catch((error: unknown) => error);
  const words = refused instanceof ImageError ? refused.message : "no error";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return [...digest, words].map((each) => (typeof each === "number" ? each.toString(16).padStart(2, "0") : \` \${each}\`)).join("");
}

Object.assign(globalThis, { ran: run().catch((error: unknown) => \`failed: \${error}\`) });
`;

const HTML = '<!doctype html><html lang="en"><title>A user</title><link rel="icon" href="data:,">';

let project: string;

bundles.before(() => {
  project = mkdtempSync(join(tmpdir(), "layerkiln-user-"));
  const modules = join(project, "node_modules");
  mkdirSync(modules);
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", project], {
    cwd: inRepository("."),
    encoding: "utf8",
  });
  execFileSync("tar", ["-xzf", join(project, packed.trim()), "-C", modules]);
  cpSync(join(modules, "package"), join(modules, "layerkiln"), { recursive: true });
  for (const name of ["@assemblyscript", "idb-keyval"])
    symlinkSync(inRepository(`node_modules/${name}`), join(modules, name));
  writeFileSync(join(project, "page.ts"), PAGE);
});

bundles.after(() => rmSync(project, { recursive: true, force: true }));

for (const [module, moduleResolution] of [
  ["esnext", "bundler"],
  ["nodenext", "nodenext"],
]) {
  bundles(`has types for a page that knows of no Node: ${moduleResolution}`, () => {
    const flags = { module, moduleResolution, target: "es2022", lib: "es2022,dom,dom.iterable", types: "" };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value!]);
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
    execFileSync(inRepository("node_modules/.bin/tsc"), ["--strict", "--noEmit", ...args, "page.ts"], { cwd: project });
  });
}

/** What the page says: the digest of its image, and an error's sentence. */
async function opened(visit: Visit, folder: string): Promise<string> {
  const site = await Site.read(folder);
  site.add("/layer.tar", layer);
  const page = await visit.open(site);
  return page.evaluate("globalThis.ran");
}

async function expected(): Promise<string> {
  const digest = createHash("sha256").update(await imageOf(layer, { verity: true }));
  return `${digest.digest("hex")} tar: ends 188 bytes into a header`;
}

test("runs when vite has bundled it", async (visit) => {
  const { build } = await import("vite");
  writeFileSync(join(project, "index.html"), `${HTML}<script type="module" src="./page.ts"></script>`);
  await build({ configFile: false, root: project, logLevel: "warn", build: { outDir: "by-vite" } });
  assert.is(await opened(visit, join(project, "by-vite")), await expected());
});

test("runs when esbuild has bundled it, told where worker and WASM are", async (visit) => {
  const { build } = await import("esbuild");
  const outdir = join(project, "by-esbuild");
  const setting =
    'import { setLocations } from "layerkiln/web"; setLocations({ worker: "/worker.js", wasm: "/wasm/" });';
  writeFileSync(join(project, "esbuild.ts"), `${setting}\nimport "./page.ts";`);
  await build({
    absWorkingDir: project,
    entryPoints: [
      { in: "esbuild.ts", out: "page" },
      { in: "layerkiln/web-worker", out: "worker" },
    ],
    outdir,
    bundle: true,
    format: "esm",
  });
  mkdirSync(join(outdir, "wasm"));
  for (const name of ["core.wasm", "hash.wasm"]) {
    cpSync(join(project, "node_modules/layerkiln/build", name), join(outdir, "wasm", name));
  }
  writeFileSync(join(outdir, "index.html"), `${HTML}<script type="module" src="/page.js"></script>`);
  assert.is(await opened(visit, outdir), await expected());
});

bundles.run();
