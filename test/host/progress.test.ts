import { statSync } from "node:fs";
import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert, type Progress } from "../../src/index.ts";
import { MemoryTarget } from "../fixtures/image.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { pieces, tar, yielded } from "../fixtures/some-layer.ts";

const MIB = 2 ** 20;

const progress = suite("convert: progress");

progress("grows to the size of the input, whose size is known of a file", async () => {
  const path = scratchFile("layer.tar.gz", zlib.gzipSync(realisticTar(3000)));
  const told: Progress[] = [];
  await convert(path, new MemoryTarget(), { onProgress: (each) => told.push(each) });
  assert.ok(told.length >= 1);
  for (const [index, { bytesRead, totalBytes }] of told.entries()) {
    assert.ok(bytesRead >= (told[index - 1]?.bytesRead ?? 0));
    assert.is(totalBytes, statSync(path).size);
  }
  assert.is(told.at(-1)!.bytesRead, statSync(path).size);
});

progress("of a stream has no total", async () => {
  const told: Progress[] = [];
  await convert(yielded(pieces(tar, MIB)), new MemoryTarget(), { onProgress: (each) => told.push(each) });
  assert.is(told.at(-1)!.bytesRead, tar.length);
  assert.is(told.at(-1)!.totalBytes, undefined);
});

progress("does not keep the event loop from its other work", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await convert(realisticTar(3000), new MemoryTarget());
  clearInterval(timer);
  assert.ok(turns >= 1);
});

progress.run();
