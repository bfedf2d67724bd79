/** What a test does with the browser, and what went wrong meanwhile. */
import * as assert from "node:assert";
import { setTimeout } from "node:timers/promises";
import type { BrowserContext, ConsoleMessage, Download, Page, Request } from "playwright-core";
import type { Site } from "../../src/host/web-server/site.ts";
import { WebServer } from "../../src/host/web-server/web-server.ts";
import type { OutsideWorld } from "./outside-world.ts";

/** What Chromium asks on its own account, whatever its flags. If a page asks for them, its requests tell. */
const BROWSERS_OWN = /^(http:\/\/)?[\w-]+\.(google|googleapis)\.com[:/]/;

/** A tab that does not close stays; the browser's end is its own. */
const CLOSE_MILLISECONDS = 5_000;

export class Visit {
  private readonly servers: WebServer[] = [];
  private readonly pages: Page[] = [];
  private readonly faults: string[] = [];
  private readonly expected: RegExp[] = [];

  /** @param ports  of all servers that this browser has been shown, to which this visit adds: a service worker may ask an earlier one */
  constructor(
    private readonly context: BrowserContext,
    private readonly outside: OutsideWorld,
    private readonly ports: Set<string>,
    /** Where the browser keeps what is its own. */
    readonly profile: string,
  ) {
    context.on("request", this.seeRequest);
    outside.asked.length = 0;
  }

  /** Serves `site` as `layerkiln web` would, and opens it. Each has an origin of its own, which has stored nothing yet. */
  async open(site: Site, path = ""): Promise<Page> {
    const { address } = await this.serve(site);
    return await this.goTo(address + path);
  }

  async serve(site: Site): Promise<WebServer> {
    const server = await WebServer.start(site, 0);
    this.servers.push(server);
    this.ports.add(String(server.port));
    return server;
  }

  /** Opens a tab. */
  async goTo(address: string): Promise<Page> {
    const page = await this.context.newPage();
    this.pages.push(page);
    page.on("console", this.hear);
    page.on("pageerror", (error) => this.faults.push(`uncaught: ${error.stack ?? error}`));
    page.on("crash", () => this.faults.push("the page crashed"));
    await page.goto(address);
    return page;
  }

  /** What `act` has the page save. */
  async download(page: Page, act: () => Promise<unknown>): Promise<{ name: string; path: string }> {
    const [download] = await Promise.all([page.waitForEvent("download"), act()]);
    return { name: download.suggestedFilename(), path: await (download as Download).path() };
  }

  /** Says of errors that follow that they are right: those of the console, and those that nobody catches. */
  expect(fault: RegExp): void {
    this.expected.push(fault);
  }

  /** Fails if a page said an error, or anything was asked of another server. */
  check(): void {
    const asked = this.outside.asked.filter((host) => !BROWSERS_OWN.test(host)).map((host) => `asked ${host}`);
    const wrong = [...this.faults, ...asked].filter((fault) => !this.expected.some((right) => right.test(fault)));
    assert.deepStrictEqual(wrong, []);
  }

  /** `error`, and what the pages said before it. */
  explain(error: unknown): unknown {
    if (error instanceof Error && this.faults.length > 0 && !(error instanceof assert.AssertionError)) {
      error.message += `\nThe page said:\n  ${this.faults.join("\n  ")}`;
    }
    return error;
  }

  async end(): Promise<void> {
    this.context.off("request", this.seeRequest);
    const closing = this.pages.map((page) => page.close().catch(() => {})); // it may have crashed
    await Promise.race([Promise.all(closing), setTimeout(CLOSE_MILLISECONDS, undefined, { ref: false })]);
    for (const server of this.servers) await server.close();
  }

  private readonly hear = (message: ConsoleMessage): void => {
    if (message.type() === "error") this.faults.push(`console: ${message.text()} (${message.location().url})`);
  };

  /** The proxy sees what leaves this machine; this, what is asked of other servers on it. */
  private readonly seeRequest = (request: Request): void => {
    const url = new URL(request.url());
    if (!/^(http|ws)s?:$/.test(url.protocol)) return;
    if (!this.ports.has(url.port) || !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))
      this.faults.push(`asked ${url.href}`);
  };
}
