import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffImages, ErrorCode, exportImage, type ImageChange } from "../../src/index.ts";
import { exportTar } from "../fixtures/archive.ts";
import { makeImage } from "../fixtures/image.ts";
import { smallImage } from "../fixtures/images.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";

const MIB = 2 ** 20;

const { image } = await makeImage(layerTar([entry("file", "large", { data: noise(6 * MIB) }), entry("fifo", "z")]));
const { tar: expected } = await exportTar(image);

const targets = suite("archives: targets");

targets("a path, a URL, a sink and a stream get the same bytes", async () => {
  const [path, other] = [scratchPath("a.tar"), scratchPath("b #1.tar")];
  await exportImage(scratchFile("image", image), path);
  await exportImage(image, pathToFileURL(other));
  const pieces: Buffer[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      setTimeout(() => {
        pieces.push(Buffer.from(chunk));
        done();
      }, 2);
    },
  });
  await exportImage(image, stream);
  for (const bytes of [readFileSync(path), readFileSync(other), Buffer.concat(pieces)])
    assert.ok(bytes.equals(expected));
});

targets("a file is replaced when the archive is whole, and only then", async () => {
  const damaged = smallImage("blocks");
  damaged.fill(0xff, 5 * 1024, 500 * 1024);
  const path = scratchFile("a.tar", Buffer.from("the old one"));
  await rejects(exportImage(damaged, path, { verify: false }), ErrorCode.Corrupt);
  assert.is(readFileSync(path, "utf8"), "the old one");
  assert.equal(readdirSync(dirname(path)), ["a.tar"]);
});

targets("a stream that fails, or is closed, ends the work with its words", async () => {
  const failing = new Writable({ write: (_chunk, _encoding, done) => done(new Error("the wire is cut")) });
  assert.match((await rejects(exportImage(image, failing), ErrorCode.FailedPrecondition)).message, "the wire is cut");
  assert.ok(failing.destroyed);
  const closed = new Writable({ write: (_chunk, _encoding, done) => done() });
  closed.destroy();
  await rejects(exportImage(image, closed), ErrorCode.FailedPrecondition);
  const closing = new Writable({ highWaterMark: 1, write: () => setTimeout(() => closing.destroy(), 5) });
  await rejects(exportImage(image, closing), ErrorCode.FailedPrecondition);
});

targets("what is none is refused before anything is read", async () => {
  for (const target of [5, {}, null]) await rejects(exportImage(image, target as never), ErrorCode.InvalidArgument);
});

targets.run();

const stopping = suite("archives: AbortSignal");

stopping("is heeded while a stream keeps us waiting for ever", async () => {
  const stuck = new Writable({ highWaterMark: 1, write() {} });
  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 30);
  const work = exportImage(image, stuck, { signal: controller.signal });
  assert.is(await work.catch((error) => error), reason);
  assert.ok(stuck.destroyed);
  const early = diffImages(image, image, undefined, { signal: AbortSignal.abort(reason) });
  assert.is(await early.catch((error) => error), reason);
});

stopping("that comes in the middle rejects with its reason, and nothing is left", async () => {
  const folder = scratchFolder();
  const controller = new AbortController();
  const reason = new Error("enough");
  const work = diffImages(image, (await makeImage(realisticTar(300))).image, join(folder, "a.tar"), {
    signal: controller.signal,
    onChange: () => controller.abort(reason),
  });
  assert.is(await work.catch((error) => error), reason);
  assert.equal(readdirSync(folder), []);
});

stopping.run();

const telling = suite("archives: what is told");

telling("progress counts bytes of the image, and a failure in it is an ImageError", async () => {
  const seen: number[] = [];
  await exportImage(image, scratchPath("a.tar"), { onProgress: ({ bytesRead }) => seen.push(bytesRead) });
  assert.ok(seen.at(-1)! > 6 * MIB && seen.at(-1)! < 12 * MIB);
  const onProgress = () => {
    throw new Error("not so fast");
  };
  const error = await rejects(exportImage(image, scratchPath("b.tar"), { onProgress }), ErrorCode.FailedPrecondition);
  assert.match(error.message, "onProgress: not so fast");
});

telling("changes come in order, and false ends a comparison of which no layer is made", async () => {
  const upper = (await makeImage(layerTar([entry("dir", "a/"), entry("file", "a/\xff"), entry("file", "b")]))).image;
  const told: ImageChange[] = [];
  const result = await diffImages(image, upper, undefined, { onChange: (change) => told.push(change) });
  assert.equal(
    told.map(({ kind, path }) => `${kind} ${path}`),
    ["added a", "added a/\ufffd", "added b", "deleted large", "deleted z"],
  );
  assert.equal([...told[1]!.pathBytes], [0x61, 0x2f, 0xff]);
  assert.equal([result.added, result.changed, result.deleted, result.layer], [3, 0, 2, undefined]);
  const first = await diffImages(image, upper, undefined, { onChange: () => false });
  assert.equal([first.added, first.deleted], [1, 0]);
  const whole = await diffImages(image, upper, scratchPath("a.tar"), { onChange: () => false });
  assert.equal([whole.added, whole.deleted], [3, 2]);
});

telling("a journal that was not replayed", async () => {
  const bytes = smallImage("blocks");
  bytes.writeUInt32LE(bytes.readUInt32LE(1024 + 0x60) | 0x4, 1024 + 0x60);
  assert.ok((await exportTar(bytes)).result.needsRecovery);
  assert.ok((await diffImages(image, bytes)).needsRecovery);
  assert.not((await exportTar(image)).result.needsRecovery);
});

telling("an image that is none, and one that is not there", async () => {
  await rejects(exportImage(expected, scratchPath("a.tar")), ErrorCode.Unsupported);
  await rejects(diffImages(image, "/no/such/image"), ErrorCode.NotFound);
  writeFileSync(scratchPath("empty"), "");
  await rejects(exportImage(5 as never, scratchPath("a.tar")), ErrorCode.InvalidArgument);
});

telling.run();
