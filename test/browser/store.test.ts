/** The store of finished images, in a browser: what was made once is given out at once, and nothing else ever is. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, makeRootfs, type RootfsLayer } from "../../src/index.ts";
import { MemoryTarget } from "../fixtures/image.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { imageOf } from "../fixtures/some-layer.ts";
import { inChromium } from "./chromium.ts";
import type { Made, Outcome } from "./outcome.ts";
import { bundled, call } from "./sites.ts";
import type { Visit } from "./visit.ts";

const store = suite("browser: the store of images");
const test = inChromium(store);

const layer = realisticTar(300);
const other = realisticTar(301);
/** As long as `layer`. */
const changed = Uint8Array.from(layer);
changed[lastByteOfContents(layer)]! ^= 1;
/** Whole sectors, so that it can be a disk. */
const zipped = padded(gzipSync(layer));

const FILES = {
  "/layer.tar": layer,
  "/other.tar": other,
  "/changed.tar": changed,
  "/layer.tar.gz": zipped,
  "/disk.raw": await imageOf(layer),
  "/broken.tar": layer.slice(0, layer.length / 2),
};

/** A byte of a file, not of a header: the layer stays sound when it changes. */
function lastByteOfContents(tar: Uint8Array): number {
  let at = tar.length - 1;
  while (tar[at] === 0) at--;
  return at;
}

/** With one more member of gzip, of nothing, whose header has a field as long as it takes. */
function padded(gzip: Uint8Array): Uint8Array {
  const empty = gzipSync("");
  const length = 512 - ((gzip.length + empty.length + 2) % 512);
  const header = Buffer.from(empty.subarray(0, 10));
  header[3]! |= 4; // FEXTRA
  return Buffer.concat([
    gzip,
    header,
    Buffer.from([length & 255, length >> 8]),
    Buffer.alloc(length),
    empty.subarray(10),
  ]);
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A tab with the store open. Others of the same origin come by `address`. */
async function start(visit: Visit, options = {}): Promise<{ page: Page; address: string; again(): Promise<Page> }> {
  const { address } = await visit.serve(await bundled("store.ts", FILES));
  const again = async () => {
    const page = await visit.goTo(address);
    assert.equal(await call(page, "open", options), { done: true });
    return page;
  };
  return { page: await again(), address, again };
}

async function done<T = Made>(outcome: Promise<Outcome<T>>): Promise<T> {
  const come = await outcome;
  if ("failed" in come) throw new Error(`failed: ${come.failed}`);
  return come.done;
}

async function failed(outcome: Promise<Outcome<unknown>>, code: ErrorCode, message: RegExp): Promise<void> {
  const come = await outcome;
  assert.ok("failed" in come, "it must fail");
  assert.match(come.failed, message);
  assert.is(come.code, code);
}

const convert = (page: Page, path: string, ...rest: unknown[]) => call<Outcome<Made>>(page, "convert", path, ...rest);

const filesOf = (page: Page) => call<string[]>(page, "files");

test("gives out an image that was made before, whatever its source is called, in another tab too", async (visit) => {
  const { page, again } = await start(visit);
  const first = await done(convert(page, "/layer.tar"));
  assert.ok(first.isNew);
  assert.is(first.digest, sha256(await imageOf(layer)));

  for (const tab of [page, await again()]) {
    const second = await done(convert(tab, "/layer.tar", {}, "of-another-name"));
    assert.equal(second, { ...first, isNew: false });
  }
  await page.close();
  assert.equal(await done(convert(await again(), "/layer.tar")), { ...first, isNew: false });
});

test("makes another image of other options, and of a source of one other byte", async (visit) => {
  const { page } = await start(visit);
  const first = await done(convert(page, "/layer.tar"));
  const verity = await done(convert(page, "/layer.tar", { verity: true }));
  assert.ok(verity.isNew);
  assert.is.not(verity.id, first.id);
  assert.is(verity.digest, sha256(await imageOf(layer, { verity: true })));
  assert.not.ok((await done(convert(page, "/layer.tar", { verity: true, container: "raw" }))).isNew);

  const of = await done(convert(page, "/changed.tar"));
  assert.ok(of.isNew);
  assert.is(of.digest, sha256(await imageOf(changed)));
  assert.is((await filesOf(page)).length, 3);
});

test("knows a layer by its diff id: compressed or not, it is one image", async (visit) => {
  const { page } = await start(visit);
  const plain = await done(convert(page, "/layer.tar"));
  const gzip = await done(convert(page, "/layer.tar.gz"));
  assert.ok(gzip.isNew, "it cannot be known before it is read");
  assert.is(gzip.id, plain.id);
  assert.is((await filesOf(page)).length, 1);

  const again = await done(convert(page, "/layer.tar.gz"));
  assert.equal(again, { ...gzip, isNew: false });
  const { input, compression } = again.result as { input: unknown; compression: string };
  assert.equal(input, { digest: `sha256:${sha256(zipped)}`, size: zipped.length });
  assert.is(compression, "gzip");
});

test("takes a source as it is if it is to, and not for the layer that it holds", async (visit) => {
  const { page } = await start(visit);
  const raw = { raw: true, container: "vhdx" as const };
  const plain = await done(convert(page, "/layer.tar", raw));
  await done(convert(page, "/layer.tar.gz"));
  const gzip = await done(convert(page, "/layer.tar.gz", raw));
  assert.is(gzip.digest, sha256(await imageOf(zipped, raw)));
  assert.is.not(gzip.digest, plain.digest);
  for (const [path, first] of [
    ["/layer.tar", plain],
    ["/layer.tar.gz", gzip],
  ] as const) {
    assert.equal(await done(convert(page, path, raw)), { ...first, isNew: false });
  }
});

test("takes streams and bytes too", async (visit) => {
  const { page } = await start(visit);
  const stream = await done(call<Outcome<Made>>(page, "convertStream", "/layer.tar"));
  assert.ok(stream.isNew);
  assert.is(stream.digest, sha256(await imageOf(layer)));
  const bytes = await done(call<Outcome<Made>>(page, "convertBytes", "/layer.tar"));
  assert.is(bytes.id, stream.id);
  assert.not.ok((await done(convert(page, "/layer.tar"))).isNew);
  assert.is((await filesOf(page)).length, 1);
});

test("holds claimed digests against the bytes, whether it has the image or not", async (visit) => {
  const { page } = await start(visit);
  const wrong = { expected: { diffId: `sha256:${"1".repeat(64)}` } };
  const right = { expected: { diffId: `sha256:${sha256(layer)}`, digest: `sha256:${sha256(layer)}` } };
  const message = /^diff id is sha256:[0-9a-f]+, and should be sha256:1+$/;
  await failed(convert(page, "/layer.tar", wrong), ErrorCode.Corrupt, message);
  assert.ok((await done(convert(page, "/layer.tar", right))).isNew);
  await failed(convert(page, "/layer.tar", wrong), ErrorCode.Corrupt, message);
  assert.not.ok((await done(convert(page, "/layer.tar", right))).isNew);
  assert.is((await filesOf(page)).length, 1);
});

test("keeps root filesystems by their layers, in their order", async (visit) => {
  const { page } = await start(visit);
  const both = [{ path: "/layer.tar" }, { path: "/other.tar" }];
  const rootfs = (layers: object[], options = {}) => call<Outcome<Made>>(page, "makeRootfs", layers, options);
  const first = await done(rootfs(both));
  assert.ok(first.isNew);
  const target = new MemoryTarget();
  const sources: RootfsLayer[] = [{ source: layer }, { source: other }];
  const result = await makeRootfs(sources, target, { digests: true });
  assert.is(first.digest, sha256(target.image));
  assert.equal(first.result, result);

  assert.equal(await done(rootfs(both)), { ...first, isNew: false });
  assert.ok((await done(rootfs([...both].reverse()))).isNew);
  assert.ok((await done(rootfs([both[0]!]))).isNew);
  assert.ok((await done(rootfs(both, { owner: { uid: 5, gid: 5 } }))).isNew);
  await failed(
    rootfs([{ ...both[0]!, diffId: `sha256:${"1".repeat(64)}` }, both[1]!]),
    ErrorCode.Corrupt,
    /and should be sha256:1+$/,
  );
});

test("keeps nothing of what failed", async (visit) => {
  const { page } = await start(visit);
  await failed(convert(page, "/broken.tar"), ErrorCode.Corrupt, /^tar: /);
  await failed(convert(page, "/layer.tar", { maxSize: -1 }), ErrorCode.InvalidArgument, /^maxSize: /);
  assert.equal(await filesOf(page), []);
  assert.equal(await call(page, "list"), []);
});

for (const how of ["abort", "end workers"] as const) {
  test(`keeps nothing of what was stopped half-way: ${how}`, async (visit) => {
    const { page } = await start(visit);
    await call(page, "startConverting", "/layer.tar");
    const outcome = await call<Outcome<Made>>(page, "stopConverting", how);
    assert.equal(
      outcome,
      how === "abort" ? { failed: "enough" } : { failed: "worker: it was ended", code: ErrorCode.Internal },
    );
    assert.equal(await filesOf(page), []);
    assert.ok((await done(convert(page, "/layer.tar"))).isNew, "and goes on");
  });
}

test("removes what a killed tab has left, when it is next opened, and nothing that is being made", async (visit) => {
  const { page, again } = await start(visit);
  const kept = await done(convert(page, "/other.tar"));
  const killed = await again();
  await call(killed, "release");
  void call(killed, "convertForEver", "/layer.tar").catch(() => {});
  const busy = await again();
  void call(busy, "convertForEver", "/layer.tar").catch(() => {});
  while ((await filesOf(page)).length < 3) await page.waitForTimeout(20);
  await killed.close();
  const later = await again();
  assert.is((await filesOf(later)).length, 2, "that of the tab that goes on, and the finished one");
  assert.is((await done(convert(later, "/other.tar"))).id, kept.id);
});

test("removes first what was used last the longest ago, when it has more than it may", async (visit) => {
  const size = (await imageOf(layer)).length;
  const { page } = await start(visit, { maxBytes: Math.floor(2.5 * size) });
  const names = ["a", "b", "c", "d"];
  const make = async (label: string) => {
    const made = await done(convert(page, "/layer.tar", { filesystem: { label } }));
    await call(page, "release");
    return made;
  };
  const [a, b] = [await make("a"), await make("b")];
  assert.not.ok((await make("a")).isNew);
  const c = await make("c");
  const ids = ((await call(page, "list")) as { id: string }[]).map(({ id }) => id);
  assert.equal(ids, [c.id, a.id]);
  assert.ok((await make("b")).isNew);
  assert.is(((await call(page, "usage")) as { bytes: number }).bytes, 2 * size);
  assert.is((await filesOf(page)).length, 2);
  assert.ok(names.length > 0 && b.isNew);
});

test("keeps what is given out, even if it has more than it may, until it is released", async (visit) => {
  const { page, again } = await start(visit, { maxBytes: 0 });
  const { id } = await done(convert(page, "/layer.tar"));
  const tab = await again();
  await done(convert(tab, "/other.tar"));
  assert.ok(await call(page, "isReadable", id));
  await failed(call(tab, "remove", id), ErrorCode.FailedPrecondition, /is in use/);
  assert.equal(await call(tab, "clear"), { removed: 0, kept: 2 });
  await call(page, "release");
  assert.is((await filesOf(page)).length, 1);
  await failed(call(tab, "openImage", id), ErrorCode.NotFound, /^store: has no image /);
});

test("keeps what it has found and given out, until it is released", async (visit) => {
  const { page, again } = await start(visit);
  const { id } = await done(convert(page, "/layer.tar"));
  await call(page, "release");
  const tab = await again();
  for (const take of [() => convert(page, "/layer.tar"), () => call<Outcome<Made>>(page, "openImage", id)]) {
    assert.not.ok((await done(take())).isNew);
    await failed(call(tab, "remove", id), ErrorCode.FailedPrecondition, /is in use/);
    await call(page, "release");
  }
  assert.equal(await call(tab, "remove", id), { done: true });
});

test("gives out what it has, even if that cannot be noted", async (visit) => {
  const { page } = await start(visit);
  const { id } = await done(convert(page, "/layer.tar"));
  await call(page, "release");
  await call(page, "spoil", "nothing can be noted");
  assert.not.ok((await done(call<Outcome<Made>>(page, "openImage", id))).isNew);
  await call(page, "release");
  assert.equal(await call(page, "remove", id), { done: true });
});

test("lists, opens and removes images, and tells what they take", async (visit) => {
  const { page } = await start(visit);
  const made = await done(convert(page, "/layer.tar", { verity: true }));
  const [image] = (await call(page, "list")) as Record<string, unknown>[];
  const { made: at, used, ...rest } = image!;
  assert.ok(Math.abs(Date.now() - Number(at)) < 60_000 && Number(used) >= Number(at));
  assert.equal(rest, {
    id: made.id,
    kind: "layer",
    title: "layer.tar",
    size: made.size,
    options: { verity: true },
    result: made.result,
  });
  assert.equal(await done(call(page, "openImage", made.id)), { ...made, isNew: false });
  const { bytes, quota } = (await call(page, "usage")) as { bytes: number; quota: number };
  assert.is(bytes, made.size);
  assert.ok(quota > bytes);
  await call(page, "release");
  assert.is(await done<unknown>(call(page, "remove", made.id)), true);
  await failed(call(page, "remove", made.id), ErrorCode.NotFound, /has no image/);
  assert.equal(await filesOf(page), []);
});

test("is empty once it was cleared", async (visit) => {
  const { page } = await start(visit);
  await done(convert(page, "/layer.tar"));
  await done(convert(page, "/other.tar"));
  await call(page, "release");
  assert.equal(await call(page, "clear"), { removed: 2, kept: 0 });
  assert.equal(await filesOf(page), []);
  assert.equal(await call(page, "indexed"), []);
  assert.ok((await done(convert(page, "/layer.tar"))).isNew);
});

for (const how of ["index lost", "file gone", "all files gone", "file touched", "file shorter", "entries damaged"]) {
  test(`gives out nothing wrong, and mends itself: ${how}`, async (visit) => {
    const { page, again } = await start(visit);
    const first = await done(convert(page, "/layer.tar"));
    await call(page, "release");
    await call(page, "spoil", how);
    const second = await done(convert(page, "/layer.tar"));
    assert.equal(second, first, "made anew");
    await call(page, "release");
    const later = await again();
    assert.equal(await done(convert(later, "/layer.tar")), { ...first, isNew: false });
    assert.is((await filesOf(later)).length, 1);
  });
}

test("is not troubled by what others write into its index", async (visit) => {
  const { page, again } = await start(visit);
  const first = await done(convert(page, "/layer.tar"));
  await call(page, "spoil", "entries of others");
  assert.equal(await done(convert(await again(), "/layer.tar")), { ...first, isNew: false });
  assert.is(((await call(page, "indexed")) as string[]).length, 3);
});

test("of two tabs that make the same at once keeps one", async (visit) => {
  const { page, again } = await start(visit);
  const tab = await again();
  const [one, two] = await Promise.all([done(convert(page, "/layer.tar")), done(convert(tab, "/layer.tar"))]);
  assert.is(one.id, two.id);
  assert.is(one.digest, two.digest);
  assert.is((await filesOf(page)).length, 1);
});

test("says when it is closed, and lets go of all that it gave out", async (visit) => {
  const { page, again } = await start(visit);
  await done(convert(page, "/layer.tar"));
  await call(page, "close");
  await failed(convert(page, "/layer.tar"), ErrorCode.FailedPrecondition, /^store: is closed$/);
  assert.equal(await call(await again(), "clear"), { removed: 1, kept: 0 });
});

for (const what of ["files", "databases", "locks"]) {
  test(`says that there can be none: ${what} are missing`, async (visit) => {
    const page = await visit.open(await bundled("store.ts", FILES));
    await call(page, "lose", what);
    await failed(call(page, "open"), ErrorCode.Unavailable, /^store: (this browser keeps no files|takes a recent)/);
  });
}

test("has a name that a file can have", async (visit) => {
  const page = await visit.open(await bundled("store.ts", FILES));
  await failed(call(page, "open", { name: "a/b" }), ErrorCode.InvalidArgument, /^store: "a\/b" is not a name/);
  assert.equal(await call(page, "open", { name: "another" }), { done: true });
  await done(convert(page, "/layer.tar"));
  assert.equal(await call(page, "open"), { done: true });
  assert.equal(await call(page, "list"), [], "and shares nothing with one of another name");
});

test("keeps disks by all of their bytes", async (visit) => {
  const { page } = await start(visit);
  const disk = (options: object) => call<Outcome<Made>>(page, "convertDisk", "/disk.raw", options);
  const first = await done(disk({ container: "vhdx" }));
  assert.ok(first.isNew);
  assert.is(first.digest, sha256(await imageOf(layer, { container: "vhdx" })));
  assert.equal(await done(disk({ container: "vhdx" })), { ...first, isNew: false });
  assert.ok((await done(disk({ container: "vhd" }))).isNew);
});

test("keeps nothing of what the browser has no room for, and goes on", async (visit) => {
  const { page, address } = await start(visit);
  const browser = await page.context().newCDPSession(page);
  const { origin } = new URL(address);
  await browser.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 200_000 });
  await failed(convert(page, "/layer.tar"), ErrorCode.FailedPrecondition, /^image: /);
  assert.equal(await filesOf(page), []);
  await browser.send("Storage.overrideQuotaForOrigin", { origin });
  assert.ok((await done(convert(page, "/layer.tar"))).isNew);
});

store.run();
