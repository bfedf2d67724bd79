/** The server of the page: what it gives, and what it gives to nobody. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../src/host/errors.ts";
import { readPage } from "../src/host/web-server/read-page.ts";
import { Site } from "../src/host/web-server/site.ts";
import { WebServer } from "../src/host/web-server/web-server.ts";
import { rejects } from "./fixtures/rejects.ts";

const HTML = "<!doctype html><title>A page</title>".padEnd(2000, " ");
const WASM = Buffer.alloc(5000, "\0asm");

const web = suite("web: the server");
const folder = mkdtempSync(join(tmpdir(), "web-server-"));
let server: WebServer;

web.before(async () => {
  const page = join(folder, "page");
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(page, "index.html"), HTML);
  writeFileSync(join(page, "assets", "core-Ab3.wasm"), WASM);
  writeFileSync(join(page, "service-worker.js"), "self.onfetch = null;");
  writeFileSync(join(folder, "secret.txt"), "secret");
  symlinkSync(join(folder, "secret.txt"), join(page, "link.txt"));
  symlinkSync(folder, join(page, "above"));
  server = await WebServer.start(await Site.read(page), 0);
});

web.after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Heard {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * What the server says to exactly these bytes, until it hangs up.
 *
 * @param ends  whether the client is then seen to say nothing more, as one that has gone
 */
async function say(bytes: string | Buffer, { host = "127.0.0.1", ends = false } = {}): Promise<Heard> {
  const socket = connect(server.port, host);
  socket.write(bytes);
  if (ends) socket.end();
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  const all = Buffer.concat(parts);
  const end = all.indexOf("\r\n\r\n");
  const [first, ...lines] = all.subarray(0, end).toString("latin1").split("\r\n");
  const headers = lines.map((line) => [line.split(": ", 1)[0]!.toLowerCase(), line.slice(line.indexOf(": ") + 2)]);
  return { status: Number(first?.split(" ")[1]), headers: Object.fromEntries(headers), body: all.subarray(end + 4) };
}

function ask(target: string, { method = "GET", host = `localhost:${server.port}`, more = [] as string[] } = {}) {
  return say([`${method} ${target} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...more, "", ""].join("\r\n"));
}

web("gives the page by IPv4 and by IPv6", async () => {
  assert.is((await ask("/")).body.toString(), HTML);
  const request = "GET /index.html?a=b HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n";
  assert.is((await say(request, { host: "::1" })).body.toString(), HTML);
});

const TYPES: [path: string, type: string, cached: RegExp][] = [
  ["/", "text/html; charset=utf-8", /^no-cache$/],
  ["/service-worker.js", "text/javascript; charset=utf-8", /^no-cache$/],
  ["/assets/core-Ab3.wasm", "application/wasm", /immutable/],
];

for (const [path, type, cached] of TYPES) {
  web(`says what ${path} is, how long it may be kept, and what a page may do`, async () => {
    const { status, headers } = await ask(path);
    assert.is(status, 200);
    assert.is(headers["content-type"], type);
    assert.match(headers["cache-control"]!, cached);
    assert.match(headers["content-security-policy"]!, /default-src 'none'.*frame-ancestors 'none'/);
    assert.is(headers["x-content-type-options"], "nosniff");
    assert.is(headers["cross-origin-opener-policy"], "same-origin");
    assert.is(headers["referrer-policy"], "no-referrer");
  });
}

const ENCODINGS: [accepted: string, encoding: string | undefined, decode: (bytes: Buffer) => Buffer][] = [
  ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
  ["gzip;q=1.0, br;q=0", "gzip", gunzipSync],
  ["GZIP", "gzip", gunzipSync],
  ["identity, gzip;q=0.000", undefined, (bytes) => bytes],
  ["", undefined, (bytes) => bytes],
];

for (const [accepted, encoding, decode] of ENCODINGS) {
  web(`sends ${encoding ?? "plain bytes"} to who accepts "${accepted}"`, async () => {
    const { headers, body } = await ask("/assets/core-Ab3.wasm", { more: [`Accept-Encoding: ${accepted}`] });
    assert.is(headers["content-encoding"], encoding);
    assert.is(Number(headers["content-length"]), body.length);
    assert.is(headers.vary, "Accept-Encoding");
    assert.ok(decode(body).equals(WASM));
    assert.is(body.length < 500, encoding !== undefined);
  });
}

web("does not send again what the browser has, in the encoding that it has it in", async () => {
  const zipped = (await ask("/", { more: ["Accept-Encoding: gzip"] })).headers.etag!;
  const plain = (await ask("/")).headers.etag!;
  assert.is.not(zipped, plain);
  for (const known of [plain, `"other", W/${plain}`, "*"]) {
    const { status, body } = await ask("/", { more: [`If-None-Match: ${known}`] });
    assert.equal([status, body.length], [304, 0], known);
  }
  assert.is((await ask("/", { more: [`If-None-Match: ${zipped}`] })).status, 200);
});

web("answers HEAD as GET, without the body", async () => {
  const { status, headers, body } = await ask("/", { method: "HEAD" });
  assert.equal([status, headers["content-length"], body.length], [200, String(HTML.length), 0]);
});

const NOT_THERE = [
  "/secret.txt",
  "/../secret.txt",
  "/assets/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/..%2fsecret.txt",
  "/..\\secret.txt",
  "/assets",
  "/assets/",
  "//index.html",
  "/index.html/",
  "/index.html\0.wasm",
  "/link.txt",
  "/above/secret.txt",
  "/__proto__",
  "/constructor",
  "secret.txt",
  "*",
  "http://localhost/../secret.txt",
  `/${"a".repeat(10_000)}`,
];

for (const target of NOT_THERE) {
  web(`has no file for ${JSON.stringify(target.slice(0, 40))}`, async () => {
    const { status, body } = await ask(target);
    assert.ok(status === 404 || status === 400, `status ${status}`);
    assert.not.match(body.toString(), /secret/);
  });
}

for (const host of [
  "evil.example",
  `evil.example:80`,
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "10.0.0.1",
  "",
]) {
  web(`does not answer to the name "${host}", which may be made to lead here`, async () => {
    const { status, body } = await ask("/", { host });
    assert.is(status, 421);
    assert.not.match(body.toString(), "A page");
  });
}

for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:80"]) {
  web(`answers to the name "${host}"`, async () => assert.is((await ask("/", { host })).status, 200));
}

/** Targets as proxies are sent them, and who answers to the name in them. */
const ABSOLUTE: [target: string, status: number][] = [
  ["http://localhost/", 200],
  ["http://127.0.0.1:80/index.html", 200],
  ["HTTP://localhost", 200],
  ["http://localhost?a", 200],
  ["http://evil.example/", 421],
  ["http://localhost.evil.example/", 421],
  ["http://localhost@evil.example/", 421],
  ["http://", 421],
];

for (const [target, status] of ABSOLUTE) {
  web(`says ${status} to the target ${target}`, async () => assert.is((await ask(target)).status, status));
}

for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]) {
  web(`takes no ${method}`, async () => {
    const { status, headers } = await ask("/", { method });
    assert.equal([status, headers.allow], [405, "GET, HEAD"]);
  });
}

const HOSTILE: [why: string, bytes: string | Buffer][] = [
  ["is no HTTP", "hello\r\n\r\n"],
  ["is TLS", Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])],
  ["names no host", "GET / HTTP/1.1\r\n\r\n"],
  ["has headers without end", `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${"a".repeat(100_000)}`],
  [
    "has two lengths",
    "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["wants a tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["says nothing", ""],
];

for (const [why, bytes] of HOSTILE) {
  web(`gives the page to no request that ${why}, and goes on`, async () => {
    const { body } = await say(bytes, { ends: true }).catch(() => ({ body: Buffer.alloc(0) })); // it may hang up on us
    assert.not.match(body.toString("latin1"), "A page");
    assert.is((await ask("/")).status, 200);
  });
}

web("takes the next port where one is taken, but only if it may", async () => {
  const site = new Site();
  const next = await WebServer.start(site, server.port, { steps: true });
  try {
    assert.ok(next.port > server.port && next.port < server.port + 20, `${next.port}`);
    const { message } = await rejects(WebServer.start(site, server.port), ErrorCode.AlreadyExists);
    assert.is(message, `web: port ${server.port} is taken; --port names another`);
  } finally {
    await next.close();
  }
});

web("a page that was not built is said to be missing", async () => {
  for (const place of [join(folder, "none"), join(folder, "page", "assets")]) {
    const { message } = await rejects(readPage(place), ErrorCode.NotFound);
    assert.is(message, `web: no page is at ${place}; npm run build makes it`);
  }
});

web.run();
