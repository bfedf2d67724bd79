/** What `makeRootfs` asks of its layers, and what it leaves where they do not have it. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ErrorCode,
  makeRootfs,
  openImage,
  type Progress,
  type RootfsLayer,
  type RootfsOptions,
  verifyHashTree,
} from "../../src/index.ts";
import { MemoryTarget } from "../fixtures/image.ts";
import { textOf } from "../fixtures/image-tree.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { digestOf } from "../fixtures/oci-image.ts";
import { noise } from "../fixtures/random.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { rejects } from "../fixtures/rejects.ts";
import { makeRootfsImage, makeRootfsOf } from "../fixtures/rootfs.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { header } from "../fixtures/tar-builder.ts";
import { present } from "../oracles/oracle.ts";
import { zstd } from "../oracles/zstd.ts";

const MIB = 2 ** 20;

const file = (path: string, data: Uint8Array): Uint8Array => layerTar([entry("file", path, { data })]);
const low = file("a", Buffer.from("low"));
const high = layerTar([entry("file", "a", { data: Buffer.from("high") }), entry("dir", "d")]);

/** The failure of a merge, which leaves its target as it was. */
async function fails(layers: RootfsLayer[], code: ErrorCode, options?: RootfsOptions): Promise<string> {
  const path = scratchFile("rootfs.img", Buffer.from("before"));
  const { message } = await rejects(makeRootfs(layers, path, options), code);
  assert.is(readFileSync(path, "utf8"), "before");
  assert.equal(readdirSync(dirname(path)), ["rootfs.img"]);
  return message;
}

const host = suite("rootfs: layers");

host("come from files, ranges of files, bytes and streams, compressed or not", async () => {
  const stored = gzipSync(low);
  const path = scratchFile("blobs", Buffer.concat([Buffer.alloc(100), stored, Buffer.alloc(100)]));
  const wanted = await makeRootfsImage([low, high]);
  for (const source of [
    { path, position: 100, size: stored.length },
    scratchFile("low.tar", low),
    new Blob([low]).stream(),
    [low.subarray(0, 700), low.subarray(700)],
  ]) {
    assert.ok((await makeRootfsImage([source, high])).equals(wanted));
  }
});

if (present(zstd, host)) {
  host("give the same bytes as zstd, zlib, gzip or plain, and mixed", async () => {
    const tars = [realisticTar(300), low, high, layerTar([entry("file", "a", { data: Buffer.from("top") })])];
    const wanted = await makeRootfsImage(tars);
    const ways = [(tar: Uint8Array) => zstd.pack(tar, ["--long=27"]), deflateSync, gzipSync, (tar: Uint8Array) => tar];
    for (const pack of ways) assert.ok((await makeRootfsImage(tars.map((tar) => pack(tar)))).equals(wanted));
    assert.ok((await makeRootfsImage(tars.map((tar, index) => ways[index]!(tar)))).equals(wanted));
  });
}

host("are told of, each with its sizes and the digests that were compared", async () => {
  const stored = gzipSync(low);
  const target = new MemoryTarget();
  const layers = [{ source: stored, digest: digestOf(stored), diffId: digestOf(low) }, { source: high }];
  const result = await makeRootfs(layers, target);
  assert.is(result.size, target.image.length);
  assert.is(result.entries, 3);
  assert.equal(result.layers, [
    {
      digest: digestOf(stored),
      diffId: digestOf(low),
      size: stored.length,
      diffSize: low.length,
      compression: "gzip",
    },
    { size: high.length, diffSize: high.length, compression: "none" },
  ]);
  const { result: all } = await makeRootfsOf([stored, high], { digests: true });
  assert.equal(all.layers[0], result.layers[0]);
  assert.equal([all.layers[1]!.digest, all.layers[1]!.diffId], [digestOf(high), digestOf(high)]);
});

host("are Corrupt where a digest is another, and what was found and expected is said", async () => {
  const stored = gzipSync(low);
  const wrong = digestOf(Buffer.from("another"));
  for (const [layer, what, found] of [
    [{ source: stored, digest: wrong }, "digest", digestOf(stored)],
    [{ source: stored, digest: digestOf(stored), diffId: wrong }, "diff id", digestOf(low)],
    [{ source: low, digest: wrong, diffId: digestOf(low) }, "digest", digestOf(low)],
    [{ source: low, diffId: wrong }, "diff id", digestOf(low)],
  ] as const) {
    const message = await fails([layer, { source: high }], ErrorCode.Corrupt);
    assert.is(message, `layer 1: ${what} is ${found}, and should be ${wrong}`);
  }
});

host("have digests of SHA-256 or SHA-512, also mixed", async () => {
  const sha512 = `sha512:${createHash("sha512").update(low).digest("hex")}`;
  const target = new MemoryTarget();
  const { layers } = await makeRootfs([{ source: low, digest: sha512, diffId: digestOf(low) }], target);
  assert.equal([layers[0]!.digest, layers[0]!.diffId], [sha512, digestOf(low)]);
  assert.match(await fails([{ source: low, digest: "md5:00" }], ErrorCode.Unsupported), /^digest "md5:00"/);
});

host("are called by the names that they are given", async () => {
  const broken = header({ name: "a", checksum: 1 });
  const tars = [low, broken].map((source) => ({ source }));
  assert.match(await fails(tars, ErrorCode.Corrupt), /^layer 2: tar: /);
  assert.match(await fails([{ source: broken }], ErrorCode.Corrupt), /^tar: /);
  assert.match(await fails([{ source: broken, name: "base" }], ErrorCode.Corrupt), /^base: tar: /);
  assert.match(await fails([{ source: low }, { source: scratchPath("none") }], ErrorCode.NotFound), /^layer 2: /);
});

host("are bounded together, not each for itself", async () => {
  const layers = Array.from({ length: 10 }, (_, index) => ({ source: file(`f${index}`, noise(5000)) }));
  const bytes = layers.reduce((sum, { source }) => sum + source.length, 0);
  const size = (limits: RootfsOptions["limits"]): Promise<string> =>
    fails(layers, ErrorCode.OutOfRange, { limits: limits! });
  assert.match(await size({ bytes: bytes - 1 }), /^layer 1: longer than the limit of/);
  assert.match(await size({ entries: 9 }), /^layer 1: tree: more than 9 names/);
  assert.match(await size({ pathLength: 1 }), /^layer 10: tar: .* past the limit of 1$/);
  await makeRootfs(layers, new MemoryTarget(), { limits: { bytes, entries: 11, pathLength: 2 } });
  const zeros = gzipSync(file("zeros", Buffer.alloc(12 * MIB)));
  assert.match(
    await fails([{ source: zeros }, { source: zeros }], ErrorCode.OutOfRange, { limits: { ratio: 100 } }),
    /100 to 1/,
  );
  await makeRootfs([{ source: zeros }], new MemoryTarget(), { limits: { ratio: 100 } });
  await fails(layers, ErrorCode.OutOfRange, { maxSize: 64 * 1024 });
});

host("may be a thousand", async () => {
  const layers = Array.from({ length: 1000 }, (_, index) =>
    layerTar([
      entry("file", "same", { data: noise(5000) }),
      entry("file", `d/own-${index}`, { data: Buffer.from(String(index)) }),
      ...(index > 0 ? [entry("file", `d/.wh.own-${index - 1}`)] : []),
    ]),
  );
  const image = await openImage(await makeRootfsImage(layers));
  assert.is(textOf(image, "d/own-999"), "999");
  assert.is([...image.list("d")].length, 1);
  image.close();
});

host("that hide a large file do not make the image larger", async () => {
  const large = file("large", noise(50 * MIB));
  const alone = await makeRootfsImage([file("large", Buffer.from("small"))]);
  const over = await makeRootfsImage([large, file("large", Buffer.from("small"))]);
  assert.is(over.length, alone.length);
  assert.ok(over.equals(alone));
});

host("become one image, whatever pieces they come in", async () => {
  const tar = layerTar([entry("file", "a", { data: noise(20_000) }), entry("hardlink", "b", { target: "a" })]);
  const cut = (length: number): Uint8Array[] =>
    Array.from({ length: Math.ceil(tar.length / length) }, (_, index) =>
      tar.subarray(index * length, (index + 1) * length),
    );
  const wanted = await makeRootfsImage([tar, high]);
  for (const length of [1, 511, 4096]) assert.ok((await makeRootfsImage([cut(length), high])).equals(wanted));
});

host("become a disk in a container, with a hash tree, a label and free space", async () => {
  const path = scratchPath("rootfs.vhdx");
  const result = await makeRootfs([{ source: low }, { source: high }], path, {
    container: "vhdx",
    verity: true,
    filesystem: { label: "root", free: 4 * MIB, uuid: "01234567-89ab-cdef-0123-456789abcdef" },
  });
  const image = await openImage(path);
  assert.is(textOf(image, "a"), "high");
  assert.is(image.inspect().filesystem.label, "root");
  image.close();
  assert.ok((await verifyHashTree(path, result.rootHash!)).verified);
});

host("are passed by the signal, and nothing is left", async () => {
  const controller = new AbortController();
  const path = scratchPath("rootfs.img");
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield low.subarray(0, 512);
    controller.abort(new Error("enough"));
    yield low.subarray(512);
  }
  const options = { signal: controller.signal };
  const error = await makeRootfs([{ source: stream() }, { source: high }], path, options).catch((error) => error);
  assert.is(error.message, "enough");
  assert.not.ok(existsSync(path));
  assert.equal(readdirSync(dirname(path)), []);
});

host("let the signal be heard between them, however small they are", async () => {
  const layers = Array.from({ length: 5000 }, () => ({ source: low }));
  const signal = AbortSignal.timeout(5);
  const error = await makeRootfs(layers, new MemoryTarget(), { signal }).catch((error) => error);
  assert.is(error, signal.reason);
});

host("are counted as one, as they are read", async () => {
  const heard: Progress[] = [];
  const path = scratchFile("low.tar", low);
  await makeRootfsImage([path, high], { onProgress: (progress) => heard.push(progress) });
  assert.equal(heard.at(-1), { bytesRead: low.length + high.length, totalBytes: low.length + high.length });
  const bytes = heard.map(({ bytesRead }) => bytesRead);
  assert.equal(
    bytes,
    bytes.toSorted((a, b) => a - b),
  );

  heard.length = 0;
  await makeRootfsImage([new Blob([low]).stream(), high], { onProgress: (progress) => heard.push(progress) });
  assert.equal(heard.at(-1), { bytesRead: low.length + high.length });
});

host("are owned by whom the caller says, if there is such a number", async () => {
  for (const owner of [
    { uid: -1, gid: 0 },
    { uid: 0, gid: 2 ** 32 - 1 },
    { uid: 0.5, gid: 0 },
  ]) {
    assert.match(await fails([{ source: low }], ErrorCode.InvalidArgument, { owner }), /^owner\.[ug]id: /);
  }
});

host.run();
