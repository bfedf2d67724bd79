/** The page that we ship, as people use it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { inRepository } from "../fixtures/repository.ts";
import { builtPage } from "./sites.ts";
import type { Visit } from "./visit.ts";

export interface TestFile {
  name: string;
  bytes: Uint8Array;
}

/** Opens it afresh: nothing is kept yet. */
export async function openPage(visit: Visit): Promise<Page> {
  const page = await visit.open(await builtPage());
  await page.waitForSelector(".drop, .stage:not([hidden])");
  return page;
}

/** Chooses files, as by its button. */
export async function choose(page: Page, files: readonly TestFile[]): Promise<void> {
  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles(
      files.map(({ name, bytes }) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) })),
    );
}

/** Drops or pastes files, as the browser would tell. */
export async function drop(page: Page, files: readonly TestFile[], how: "drop" | "paste" = "drop"): Promise<void> {
  const sent = files.map(({ name, bytes }) => ({ name, text: Buffer.from(bytes).toString("base64") }));
  await page.evaluate(`(${GIVE})(${JSON.stringify(sent)}, "${how}")`);
}

/** Runs in the page. */
const GIVE = `(files, how) => {
  const data = new DataTransfer();
  for (const { name, text } of files) {
    data.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
  }
  const options = { dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true };
  document.body.dispatchEvent(how === "drop" ? new DragEvent(how, options) : new ClipboardEvent(how, options));
}`;

/** Waits until the page is there. */
export async function until(page: Page, at: "ready" | "working" | "done" | "failed" | "empty"): Promise<void> {
  await page.waitForSelector(`body[data-at="${at}"]`);
}

let axe: string | undefined;

/** Fails if axe-core finds anything: in what is shown now. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  axe ??= readFileSync(inRepository("node_modules/axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  assert.equal(await page.evaluate(FIND_VIOLATIONS), [], where);
}

/** Runs in the page. */
const FIND_VIOLATIONS = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 120)).join(" | ")))`;

const SCHEMES = ["light", "dark"] as const;
const WIDTHS = [360, 1280];

/** In both colours, narrow and wide: anyone can use it, and nothing has to be scrolled sideways. */
export async function assertGood(page: Page, state: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" }); // colours on their way from one to the other are neither
      await page.waitForSelector(`html[data-theme=${colorScheme}]`);
      await page.setViewportSize({ width, height: 800 });
      await assertAccessible(page, `${state}, ${colorScheme}, ${width} pixels wide`);
      assert.is(await page.evaluate("document.documentElement.scrollWidth"), width, `${state}: scrolls sideways`);
      await takePicture(page, `${state}-${colorScheme}-${width}`);
    }
  }
}

/** Pictures to be looked at go where LAYERKILN_PICTURES says. */
async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env.LAYERKILN_PICTURES;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
