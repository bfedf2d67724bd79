/**
 * Keeps the page's own files, so that it works without a network.
 *
 * It knows every file of its build by digest. A new build is fetched whole beside the old one, and takes its place when all of
 * it is there; nothing else is ever kept, and no request but for these files is answered.
 */
export {};

/** Path in the build, and digest as the attribute `integrity` has it. Put here when the page is built. */
declare const FILES: Readonly<Record<string, string>>;

interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate" | "fetch", listener: (event: WorkerEvent) => void): void;
}

interface WorkerEvent {
  readonly request: Request;
  waitUntil(work: Promise<unknown>): void;
  respondWith(response: Promise<Response>): void;
}

const scope = globalThis as unknown as Scope;
/** What other pages of this origin keep is theirs. */
const PREFIX = `layerkiln-page ${scope.registration.scope} `;

/** Builds with other files have another name. */
async function cacheName(): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(FILES));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return PREFIX + Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function addressOf(path: string): string {
  return new URL(path, scope.registration.scope).href;
}

/** The browser holds each file against its digest; one that is missing or another fails all. */
async function fetchAll(): Promise<void> {
  const name = await cacheName();
  const isThere = await caches.has(name);
  const cache = await caches.open(name);
  try {
    const requests = Object.entries(FILES).map(
      ([path, integrity]) => new Request(addressOf(path), { integrity, cache: "no-cache" }),
    );
    await cache.addAll(requests);
  } catch (error) {
    if (!isThere) await caches.delete(name);
    throw error;
  }
}

async function dropOthers(): Promise<void> {
  const name = await cacheName();
  const others = (await caches.keys()).filter((each) => each.startsWith(PREFIX) && each !== name);
  await Promise.all(others.map((each) => caches.delete(each)));
  await scope.clients.claim();
}

async function answer(request: Request, kept: string): Promise<Response> {
  const cache = await caches.open(await cacheName());
  const found = await cache.match(kept);
  return found ? unredirected(found) : fetch(request);
}

/** Servers that call index.html by the folder's name send there who asks for it; but who opens a page takes no answer from elsewhere. */
function unredirected(response: Response): Response {
  if (!response.redirected) return response;
  const { status, headers } = response;
  return new Response(response.body, { status, headers });
}

scope.addEventListener("install", (event) => event.waitUntil(fetchAll()));
scope.addEventListener("activate", (event) => event.waitUntil(dropOthers()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { origin, pathname } = new URL(request.url);
  const asked = origin + pathname;
  const page = addressOf("");
  const kept = asked === page ? addressOf("index.html") : asked;
  const isOurs = Object.keys(FILES).some((path) => addressOf(path) === kept);
  if (isOurs) event.respondWith(answer(request, kept));
});
