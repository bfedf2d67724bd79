/** Pictures of stacks of layers in a browser: what they show, by keyboard too, and how soon. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { entry, type LayerEntry, layerTar } from "../fixtures/layer.ts";
import { inRepository } from "../fixtures/repository.ts";
import { stacked } from "../fixtures/stacked.ts";
import { inChromium } from "./chromium.ts";
import { bundled, call } from "./sites.ts";

const tests = suite("browser: pictures of layers");
const test = inChromium(tests);

const file = (path: string, size: number): LayerEntry => entry("file", path, { data: Buffer.alloc(size, path) });

/** As a build leaves them: packages, a cache that a later step deletes, files that it changes. */
const LAYERS: { createdBy: string; tar: Uint8Array }[] = [
  {
    createdBy: "/bin/sh -c #(nop) ADD file:1f3d in / ",
    tar: layerTar([
      ...many("usr/lib", 60, 9000),
      ...many("usr/bin", 40, 5000),
      ...many("var/cache/apt", 30, 7000),
      file("etc/<b>passwd", 2000),
      file("usr/lib/large.so", 200_000),
    ]),
  },
  {
    createdBy: "/bin/sh -c apt-get install --yes tools && rm -rf /var/cache/apt",
    tar: layerTar([
      entry("file", "var/cache/.wh.apt"),
      ...many("usr/lib", 20, 8000),
      ...many("app/node_modules/pkg", 80, 1500),
      file("app/bundle.js", 120_000),
    ]),
  },
  { createdBy: "COPY app /app # buildkit", tar: layerTar([file("app/bundle.js", 90_000), file("app/main.js", 400)]) },
];

function many(folder: string, count: number, size: number): LayerEntry[] {
  return Array.from({ length: count }, (_, index) => file(`${folder}/${index}.so`, size + index * 130));
}

async function open(visit: Parameters<Parameters<typeof test>[1]>[0], theme = "light"): Promise<Page> {
  const files = Object.fromEntries(LAYERS.map(({ tar }, index) => [`/layer-${index}.tar.gz`, gzipSync(tar)]));
  const page = await visit.open(await bundled("stack.ts", files));
  await call(
    page,
    "show",
    LAYERS.map(({ createdBy }, index) => ({ path: `/layer-${index}.tar.gz`, createdBy })),
    theme,
  );
  return page;
}

test("a browser finds what Node finds", async (visit) => {
  const page = await open(visit);
  const { layers, bytes, visible, lostLinks, tree } = await stacked(LAYERS.map(({ tar }) => tar));
  const rows = layers.map(({ tree: _, ...told }) => told);
  assert.equal(await call(page, "totals"), { bytes, visible, lostLinks, rows, paths: tree.types.length });
});

test("a layer that is broken is refused in the words of Node", async (visit) => {
  const layer = LAYERS[0]!.tar.slice(0, 3000);
  const page = await visit.open(await bundled("stack.ts", { "/broken.tar": layer }));
  const error = await stacked([layer]).catch((error: Error) => error);
  assert.instance(error, Error);
  assert.is(await call(page, "refusal", "/broken.tar"), (error as Error).message);
});

for (const theme of ["light", "dark"]) {
  test(`nothing is in the way of anybody: ${theme}`, async (visit) => {
    const page = await open(visit, theme);
    await page.evaluate(readFileSync(inRepository("node_modules/axe-core/axe.min.js"), "utf8"));
    await page.keyboard.press("Tab");
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
    assert.equal(violations, []);
    if (process.env.LAYERKILN_SHOTS)
      await page.screenshot({ path: `${process.env.LAYERKILN_SHOTS}/stack-${theme}.png`, fullPage: true });
  });
}

test("a layer is looked at by itself", async (visit) => {
  const page = await open(visit);
  await page.getByRole("button", { name: /^Layer 1/ }).click();
  assert.is(
    await page
      .locator(".treemap-table tbody th")
      .allTextContents()
      .then((names) => names.join(" ")),
    "usr/ var/ etc/",
  );
  assert.is(await page.getByRole("button", { name: /^Layer 1/ }).getAttribute("aria-pressed"), "true");
  await page.getByRole("button", { name: "All layers together" }).click();
  assert.match((await page.locator(".treemap-table tbody").textContent())!, "app/");
});

test("directories are opened and left by keyboard", async (visit) => {
  const page = await open(visit);
  await page.getByRole("application").focus();
  const trail = () => page.locator(".treemap-trail [aria-current]").textContent();
  const readout = () => page.locator(".treemap-readout").textContent();
  await page.keyboard.press("ArrowRight");
  const first = await readout();
  assert.match(first!, /visible/);
  await page.keyboard.press("ArrowRight");
  assert.is.not(await readout(), first);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  assert.is(await trail(), "usr");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.match((await trail())!, /^(lib|bin)$/);
  await page.keyboard.press("Escape");
  assert.is(await trail(), "usr");
  await page.keyboard.press("Backspace");
  assert.is(await trail(), "/");
  await page.keyboard.press("Escape"); // nothing is above, and nothing happens
  assert.is(await trail(), "/");
});

test("directories are opened by a click, in the picture, the table and the trail", async (visit) => {
  const page = await open(visit);
  const trail = () => page.locator(".treemap-trail li").allTextContents();
  await page.locator(".treemap-field").click({ position: { x: 40, y: 60 } });
  assert.is((await trail()).length, 2);
  await page.getByRole("button", { name: "/", exact: true }).click();
  assert.equal(await trail(), ["/"]);
  await page.getByRole("button", { name: "etc/" }).click();
  assert.equal(await trail(), ["/", "etc"]);
  assert.is(await page.locator(":focus").textContent(), "etc");
  assert.is(await page.locator(".treemap-table tbody th").textContent(), "<b>passwd");
});

test("a hundred thousand files are drawn within 100 ms", async (visit) => {
  const entries: LayerEntry[] = [];
  for (let folder = 0; folder < 400; folder++) {
    for (let index = 0; index < 250; index++) {
      entries.push(file(`d${folder % 20}/e${folder}/f${index}`, ((folder * 7 + index * index) % 900) + 1));
    }
  }
  const layer = gzipSync(layerTar(entries));
  const page = await visit.open(await bundled("stack.ts", { "/large.tar.gz": layer }));
  await call(page, "show", [{ path: "/large.tar.gz" }]);
  const milliseconds = await call<number>(page, "redraw");
  console.log(`  drawn in ${Math.round(milliseconds)} ms`);
  if (process.env.LAYERKILN_SHOTS)
    await page.screenshot({ path: `${process.env.LAYERKILN_SHOTS}/stack-large.png`, fullPage: true });
  assert.ok(milliseconds < 100, `${milliseconds} ms`);
});

tests.run();
