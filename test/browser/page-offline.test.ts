/** What the page keeps of itself: one build, whole; and the next when all of it is there. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { answer } from "../../src/host/web-server/answer.ts";
import type { Site } from "../../src/host/web-server/site.ts";
import { inRepository } from "../fixtures/repository.ts";
import { inChromium } from "./chromium.ts";
import { builtPage } from "./sites.ts";
import type { Visit } from "./visit.ts";

const offline = suite("browser: the page without a network");
const test = inChromium(offline);

const BUILD = inRepository("build/page");
const textOf = (path: string): string => readFileSync(join(BUILD, path), "utf8");
const digestOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** Of the page, as a page of another build has it. */
const OTHER = textOf("index.html").replace(/<title>.*?<\/title>/, "<title>another build</title>");

/** Puts another build in the place of the one that is served. @param isWhole  its worker knows the page that is there */
function replaceBuild(site: Site, isWhole: boolean): void {
  const known = isWhole ? OTHER : `${OTHER} `;
  site.add("/index.html", Buffer.from(OTHER));
  const worker = textOf("service-worker.js").replaceAll(digestOf(textOf("index.html")), digestOf(known));
  site.add("/service-worker.js", Buffer.from(worker));
}

async function visited(visit: Visit, site: Site): Promise<{ address: string; page: Page }> {
  const { address } = await visit.serve(site);
  const page = await visit.goTo(address);
  await page.getByText("Works offline now.").waitFor();
  return { address, page };
}

test("it keeps the files of its build, and nothing else", async (visit) => {
  const { page } = await visited(visit, await builtPage());
  const kept = await page.evaluate(`(async () => {
    const names = await caches.keys();
    const requests = await (await caches.open(names[0])).keys();
    return { caches: names.length, paths: requests.map(({ url }) => new URL(url).pathname.slice(1)).sort() };
  })()`);
  const built = readdirSync(BUILD, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(BUILD, path)).isFile() && path !== "service-worker.js")
    .sort();
  assert.equal(kept, { caches: 1, paths: built });
});

test("a new build takes its place when no tab has the old one any more", async (visit) => {
  const site = (await builtPage()).copy();
  const { address, page } = await visited(visit, site);
  const title = await page.title();
  replaceBuild(site, true);
  await page.reload();
  assert.is(await page.title(), title);
  await page.evaluate(`navigator.serviceWorker.getRegistration().then(async (registration) => {
    await registration.update();
    while (!registration.waiting) await new Promise((resolve) => setTimeout(resolve, 50));
  })`);
  await page.close();
  let next = await visit.goTo(address);
  // The browser lets the new one in a while after the last tab is gone.
  while ((await next.title()) !== "another build") {
    await next.close();
    next = await visit.goTo(address);
  }
  await next.waitForFunction("caches.keys().then(({ length }) => length === 1)");
});

test("a build of which a file is another one is not taken", async (visit) => {
  const site = (await builtPage()).copy();
  const { address, page } = await visited(visit, site);
  const title = await page.title();
  replaceBuild(site, false);
  visit.expect(/integrity|Failed to find a valid digest/);
  const failed = await page.evaluate(`navigator.serviceWorker.getRegistration().then(async (registration) => {
    await registration.update();
    const worker = registration.installing;
    while (worker && worker.state === "installing") await new Promise((resolve) => setTimeout(resolve, 50));
    return worker === null || worker.state === "redundant";
  })`);
  assert.ok(failed);
  await page.close();
  assert.is(await (await visit.goTo(address)).title(), title);
});

/** As some servers do, it calls the page by its folder's name alone. */
async function serveRedirected(site: Site): Promise<{ address: string; close: () => void }> {
  const server = createServer(async ({ method = "", url: target = "", headers }, response) => {
    if (target === "/index.html") return response.writeHead(308, { Location: "/" }).end();
    const answered = await answer({ method, target, headers }, site);
    return response.writeHead(answered.status, answered.headers).end(answered.body);
  });
  await once(server.unref().listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/`, close: () => server.close().closeAllConnections() };
}

test("a server that leads from index.html to the folder is as good", async (visit) => {
  const { address, close } = await serveRedirected(await builtPage());
  visit.expect(new RegExp(`^asked ${address}`));
  const page = await visit.goTo(address);
  await page.getByText("Works offline now.").waitFor();
  close();
  for (const path of ["", "index.html"]) {
    await page.goto(address + path);
    await page.getByText("Try it with a sample").waitFor();
  }
});

offline.run();
