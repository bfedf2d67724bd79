/** Measures conversions in Chromium beside the same in Node, by turns: `npm run bench:browser`. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type ConvertOptions, convert } from "../src/host/convert.ts";
import { Chromium } from "../test/browser/chromium.ts";
import { bundled, call } from "../test/browser/sites.ts";
import { BROWSER_BAR } from "./bars.ts";
import { makeGzip, makeZstd } from "./inputs/compressed.ts";
import { rootfs } from "./inputs/rootfs.ts";
import { oneDirectory } from "./inputs/tiny.ts";
import { describeMachine } from "./machine.ts";
import { say } from "./say.ts";

const ROUNDS = 7;
const LONGEST_MILLISECONDS = 3_600_000;

interface Layer {
  name: string;
  path: string;
  options?: ConvertOptions;
}

interface Side {
  name: string;
  /** @returns how long it takes, in milliseconds, and what it was made of */
  run(layer: Layer): Promise<{ milliseconds: number; diffId: string | undefined }>;
}

/** On no disk, where there is such a place: what is measured there is the disk. */
const SHARED_MEMORY = "/dev/shm";
const folder = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), "layerkiln-browser-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.env.TMPDIR = folder; // the browser's profile, and with it the files of its pages
const inFolder = (name: string): string => join(folder, name);

async function makeLayers(): Promise<Layer[]> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "layerkiln-bench");
  const plain = inFolder("rootfs.tar");
  const many = inFolder("onedir.tar");
  await rootfs.make(plain, cache);
  await makeGzip(plain, `${plain}.gz`);
  await makeZstd(plain, `${plain}.zst`);
  await oneDirectory.make(many, cache);
  return [
    { name: "rootfs", path: plain },
    { name: "rootfs, without digests", path: plain, options: { digests: false } },
    { name: "rootfs, gzip", path: `${plain}.gz` },
    { name: "rootfs, zstd", path: `${plain}.zst` },
    { name: "100,000 tiny files", path: many },
  ];
}

/** In this process, with all that was compiled once. */
const node: Side = {
  name: "Node",
  async run({ path, options }) {
    const output = inFolder("image");
    const from = performance.now();
    const { diffId } = await convert(path, output, options);
    const milliseconds = performance.now() - from;
    rmSync(output);
    return { milliseconds, diffId };
  },
};

/** In a page, whose worker is kept, and has compiled once. */
function inPage(page: Page, name: string, work: string): Side {
  return {
    name,
    async run({ path, options = {} }) {
      await page.locator("input").setInputFiles(path);
      const { milliseconds, result } = await call<{ milliseconds: number; result: { diffId?: string } }>(
        page,
        work,
        options,
      );
      return { milliseconds, diffId: result.diffId };
    },
  };
}

/** Medians, in milliseconds, by side. A round before the first is not counted. */
async function measure(layer: Layer, sides: readonly Side[]): Promise<number[]> {
  const times = sides.map((): number[] => []);
  const diffIds = new Set<string | undefined>();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, side] of sides.entries()) {
      const { milliseconds, diffId } = await side.run(layer);
      if (round > 0) times[i]!.push(milliseconds);
      diffIds.add(diffId);
    }
    say(`${layer.name}: ${round === 0 ? "warm-up" : `round ${round} of ${ROUNDS}`}`);
  }
  if (diffIds.size !== 1) throw new Error(`${layer.name}: not the same everywhere: ${[...diffIds].join()}`);
  return times.map((each) => each.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!);
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);
const row = (...cells: string[]): string => `| ${cells.join(" | ")} |\n`;

say("making the layers");
const layers = await makeLayers();
const browser = new Chromium();
try {
  await browser.visit(async (visit) => {
    const page = await visit.open(await bundled("conversions.ts"));
    const sides = [
      node,
      inPage(page, "Chromium, to a file", "convertChosen"),
      inPage(page, "Chromium, to a Blob", "convertChosenToBlob"),
    ];
    const rows: string[] = [];
    for (const layer of layers) {
      const [ofNode, ...ofPages] = await measure(layer, sides);
      rows.push(row(layer.name, sides[0]!.name, seconds(ofNode!), "", ""));
      for (const [i, milliseconds] of ofPages.entries()) {
        const speed = ofNode! / milliseconds;
        const verdict = `≥ ${BROWSER_BAR}: ${speed >= BROWSER_BAR ? "met" : "**missed**"}`;
        rows.push(row("", sides[i + 1]!.name, seconds(milliseconds), `${speed.toFixed(2)} × Node`, verdict));
      }
    }
    const { cpu, cores, kernel, node: version, layerkiln } = describeMachine();
    process.stdout.write(`${cpu}, ${cores} cores, ${kernel}, Node ${version}, layerkiln ${layerkiln}\n\n`);
    process.stdout.write(`| layer | where | s | speed | bar |\n|---|---|--:|--:|---|\n${rows.join("")}`);
  }, LONGEST_MILLISECONDS);
} finally {
  await browser.end();
}
