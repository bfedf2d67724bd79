/** Blobs are read to their ends, however often. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { noise } from "../fixtures/random.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { inChromium } from "./chromium.ts";
import { bundled, call } from "./sites.ts";

const slices = suite("browser: slices of a Blob");
const test = inChromium(slices);

const SIZE = 1_100_000;
const TIMES = 1200;
const LANES = 3;

test("come each time, also while garbage is collected", async (visit) => {
  const page = await visit.open(await bundled("slices.ts"));
  await page.locator("input").setInputFiles(scratchFile("small", noise(SIZE, 1)));
  assert.is(await call(page, "readOften", TIMES, LANES), SIZE * TIMES * LANES);
});

test("come also where others are not wanted any more", async (visit) => {
  const page = await visit.open(await bundled("slices.ts"));
  await page.locator("input").setInputFiles(scratchFile("large", noise(20 * 2 ** 20, 1)));
  assert.is(await call(page, "breakOff", 150), 150 * 4 * 2 ** 20);
  assert.is(await call(page, "readOften", 5, LANES), 20 * 2 ** 20 * 5 * LANES);
});

slices.run();
