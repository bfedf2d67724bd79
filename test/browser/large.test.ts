/**
 * A disk of 2 GB, made by the page that we ship. In a browser of its own: what pages before have left in a process would count
 * as this page's.
 */
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runLayerkiln } from "../fixtures/program.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { inChromium } from "./chromium.ts";
import { writeLargeLayer } from "./large-layer.ts";
import { peaksWhile } from "./memory.ts";
import { openPage, until } from "./page-visit.ts";

const MB = 1_000_000;
const GB = 1000 * MB;
const TAB_BYTES = 300 * MB;

const large = suite("browser: a large disk");
const test = inChromium(large);

if (process.platform === "linux") {
  test("leaves the tab below 300 MB while it is made", async (visit) => {
    const folder = scratchFolder();
    const path = join(folder, "large.tar");
    writeLargeLayer(path, 2 * GB);
    const page = await openPage(visit);
    const { tab } = await peaksWhile(visit.profile, async () => {
      await page.locator("input[type=file]").first().setInputFiles(path);
      await until(page, "ready");
      await page.getByText("Make the disk").click();
      await page.waitForSelector("body[data-at=done]", { timeout: 300_000 });
    });
    const { stdout, stderr } = runLayerkiln(["ext4", path, "-o", join(folder, "large.ext4"), "--json", "--quiet"]);
    const { diffId, size } = JSON.parse(stdout || stderr);
    const facts = await page.locator(".made").innerText();
    assert.match(facts, diffId);
    assert.match(facts, `${size.toLocaleString("en")} bytes`);
    assert.ok(tab > 20 * MB && tab < TAB_BYTES, `${tab / MB} MB`);
  }, 600_000);
} else {
  console.log("  skipped: Linux alone tells what a process takes of the machine's memory");
  large.skip();
}

large.run();
