/** The examples of docs/web.md: they compile as users compile them, and do what they say. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert } from "../../src/host/convert.ts";
import { ErrorCode } from "../../src/host/errors.ts";
import type { ConversionOptions } from "../../src/host/options.ts";
import { makeRootfs } from "../../src/host/rootfs.ts";
import { ociImage } from "../fixtures/oci-image.ts";
import { rejects } from "../fixtures/rejects.ts";
import { inRepository } from "../fixtures/repository.ts";
import { archive, member } from "../fixtures/tar-builder.ts";
import { run } from "../oracles/oracle.ts";
import { inChromium } from "./chromium.ts";
import { bundled, call } from "./sites.ts";

/** In the package, so that it can import itself by name. */
const FOLDER = inRepository("build/docs-web");

const SETTINGS = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    types: [],
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  },
};

/** Gives examples files, and tells what came of them in what can leave the page. */
const DRIVER = `
import * as examples from "./examples";
const take = async (path) => new File([await (await fetch(path)).blob()], path.slice(1));
const tell = (result) => (result instanceof Blob ? { size: result.size } : result);
export const run = async (name, path, ...others) => {
  const extra = { toDisk: () => {}, toBlob: new AbortController().signal };
  return tell(await examples[name](await take(path), extra[name] ?? others[0]));
};
`;

const docs = suite("browser: examples of docs/web.md");

docs.before(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const text = readFileSync(inRepository("docs/web.md"), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
  for (const [i, code] of blocks.entries()) writeFileSync(join(FOLDER, `example-${i}.ts`), code);
  writeFileSync(join(FOLDER, "examples.ts"), blocks.map((_, i) => `export * from "./example-${i}";\n`).join(""));
  writeFileSync(join(FOLDER, "driver.js"), DRIVER);
  writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(SETTINGS));
});

docs.after(() => rmSync(FOLDER, { recursive: true, force: true }));

docs("compile without Node's types", () => {
  const tsc = inRepository("node_modules/typescript/bin/tsc");
  const { status, stdout } = run(process.execPath, [tsc, "-p", FOLDER]);
  assert.is(status, 0, stdout);
});

const LAYER = archive([member({ name: "etc/", type: "5" }), member({ name: "etc/issue" }, "hello\n")]);
const FILES = {
  "/layer.tar": LAYER,
  "/damaged.tar": LAYER.slice(0, 700),
  "/image.tar": ociImage("docs", [LAYER]).archive,
};

interface Told {
  size: number;
  isNew?: boolean;
}

const test = inChromium(docs);

test("are run, and do what they say", async (visit) => {
  const image = join(FOLDER, "disk.ext4");
  await convert([LAYER], image);
  const files = { ...FILES, "/disk.ext4": readFileSync(image) };
  const page: Page = await visit.open(await bundled(join(FOLDER, "driver.js"), files));
  const run = <T = Told>(name: string, path: string, ...others: unknown[]) =>
    call<T>(page, "run", name, path, ...others);
  const onNode = (options: ConversionOptions) => sizeOf((path) => convert([LAYER], path, options));

  const disk = await onNode({ whiteouts: "overlay", verity: true, container: "vhd" });
  assert.is((await run("toDisk", "/layer.tar")).size, disk);
  assert.is((await run("toBlob", "/layer.tar")).size, await onNode({}));
  const { message } = await rejects(
    sizeOf((path) => convert([FILES["/damaged.tar"]], path)),
    ErrorCode.Corrupt,
  );
  assert.is(await run<string>("toBlob", "/damaged.tar"), message);

  const stored = { size: await onNode({ whiteouts: "overlay" }) };
  assert.equal(await run("fromStore", "/layer.tar"), { ...stored, isNew: true });
  assert.equal(await run("fromStore", "/layer.tar"), { ...stored, isNew: false });

  const rootfs = await sizeOf((path) => makeRootfs([{ source: [LAYER] }], path));
  assert.is((await run("toRootfs", "/image.tar")).size, rootfs);
  assert.equal(await run<string[]>("listDirectory", "/disk.ext4", "/etc"), ["issue"]);
});

/** Bytes of the file that `make` makes. */
async function sizeOf(make: (path: string) => Promise<unknown>): Promise<number> {
  const path = join(FOLDER, "image");
  try {
    await make(path);
    return statSync(path).size;
  } finally {
    rmSync(path, { force: true });
  }
}

docs.run();
