/**
 * Debian's Chromium, driven by playwright: one for the tests of a file, with a profile of its own that goes with it.
 *
 *     const convert = suite("browser: convert");
 *     const test = inChromium(convert);
 *     test("a layer becomes the same image as on Node", async (visit) => {
 *       const page = await visit.open(await bundled("convert.ts"));
 *       assert.is(await call(page, "digestOfImage"), digest);
 *     });
 *     convert.run();
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { BrowserContext } from "playwright-core";
import type { suite } from "uvu";
import { type Oracle, present } from "../oracles/oracle.ts";
import { OutsideWorld } from "./outside-world.ts";
import { killProcesses } from "./processes.ts";
import { Visit } from "./visit.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** What a test has, where it asks for no more. */
const LONGEST_MILLISECONDS = 120_000;
/** What each click, or wait for something to appear, has. */
const STEP_MILLISECONDS = 30_000;
/** What the browser has to end of its own accord. A page that computes for ever holds it. */
const END_MILLISECONDS = 5_000;

/** Nothing here is asked of the network; what the browser asks on its own account would hide what a page asks. */
const FLAGS = [
  "--no-sandbox", // tests run as root
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
];

/** A path in CHROMIUM comes first: not all systems have theirs in PATH. */
const program = process.env.CHROMIUM ?? find();

function find(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

export const chromium: Oracle = {
  name: "Chromium",
  missing: program ? undefined : "chromium is not installed (Debian: apt-get install chromium)",
};

/** @param longest  milliseconds after which the test has failed, and its browser is ended */
type BrowserTest = (title: string, work: (visit: Visit) => Promise<void>, longest?: number) => void;

/** Defines tests of `tests` that visit pages. A test has failed also if a page said an error, or asked another server. */
export function inChromium(tests: ReturnType<typeof suite>): BrowserTest {
  if (!present(chromium, tests)) return () => {};
  const browser = new Chromium();
  tests.after(() => browser.end());
  return (title, work, longest = LONGEST_MILLISECONDS) => {
    tests(title, () => browser.visit(work, longest));
  };
}

/** Started when it is first visited. */
export class Chromium {
  private started: Started | undefined;

  async visit(work: (visit: Visit) => Promise<void>, longest: number): Promise<void> {
    this.started ??= await Started.start();
    const { context, outside, ports, profile } = this.started;
    const visit = new Visit(context, outside, ports, profile);
    const tooLong = new Error(`the test has not ended after ${longest / 1000} s`);
    try {
      await within(longest, work(visit), tooLong);
      visit.check();
    } catch (error) {
      // A page that hangs would hold the next test too: that has a browser of its own.
      if (error === tooLong) await this.end();
      throw visit.explain(error);
    } finally {
      await visit.end();
    }
  }

  async end(): Promise<void> {
    const { started } = this;
    this.started = undefined;
    await started?.end();
  }
}

class Started {
  readonly ports = new Set<string>();

  private constructor(
    readonly context: BrowserContext,
    readonly outside: OutsideWorld,
    readonly profile: string,
  ) {}

  /** With a profile on disk: a browser that has none keeps in memory what pages store. */
  static async start(): Promise<Started> {
    const { chromium: engine } = await import("playwright-core");
    const profile = mkdtempSync(join(tmpdir(), "layerkiln-chromium-"));
    profiles.add(profile);
    const outside = await OutsideWorld.open();
    const context = await engine.launchPersistentContext(profile, {
      executablePath: program!,
      args: [...FLAGS, ...outside.flags],
      headless: true,
      acceptDownloads: true,
      timeout: STEP_MILLISECONDS * 2,
    });
    context.setDefaultTimeout(STEP_MILLISECONDS);
    return new Started(context, outside, profile);
  }

  async end(): Promise<void> {
    await within(END_MILLISECONDS, this.context.close(), new Error("it hangs")).catch(() => {});
    killProcesses(this.profile);
    await this.outside.close();
    forget(this.profile);
  }
}

/** Of browsers that run. They go also where a signal ends the tests; playwright ends the browser then. */
const profiles = new Set<string>();
process.once("exit", () => profiles.forEach(forget));

function forget(profile: string): void {
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  profiles.delete(profile);
}

async function within<T>(milliseconds: number, work: Promise<T>, tooLong: Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLong), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
