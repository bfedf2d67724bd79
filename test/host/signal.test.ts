import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert } from "../../src/index.ts";
import { edgeTar } from "../fixtures/edge.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { imageOf, tar } from "../fixtures/some-layer.ts";
import { archive, member } from "../fixtures/tar-builder.ts";

const MIB = 2 ** 20;

const stopping = suite("convert: AbortSignal");

stopping("that was aborted before the start rejects with its reason, and nothing is opened", async () => {
  const folder = scratchFolder();
  const reason = new Error("not today");
  const work = convert(tar, join(folder, "image"), { signal: AbortSignal.abort(reason) });
  assert.is(await work.catch((error) => error), reason);
  assert.equal(readdirSync(folder), []);
});

stopping("that comes in the middle rejects with its reason, and nothing is left", async () => {
  const folder = scratchFolder();
  const controller = new AbortController();
  const reason = new Error("enough");
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield tar.subarray(0, 500_000);
    assert.is(readdirSync(folder).length, 1, "a partial image is there");
    controller.abort(reason);
    await new Promise((resolve) => setTimeout(resolve, 50));
    yield tar.subarray(500_000);
  }
  const work = convert(slow(), join(folder, "image"), { signal: controller.signal });
  assert.is(await work.catch((error) => error), reason);
  assert.equal(readdirSync(folder), []);
});

stopping("is heeded while a source keeps us waiting for ever", async () => {
  const controller = new AbortController();
  async function* stuck(): AsyncGenerator<Uint8Array> {
    yield tar.subarray(0, 1000);
    await new Promise(() => {});
  }
  setTimeout(() => controller.abort(), 50);
  const error = await imageOf(stuck(), { signal: controller.signal }).catch((reason) => reason);
  assert.is(error.name, "AbortError");
});

stopping("is heeded inside one piece of gzip that holds a thousand times its bytes", async () => {
  const bomb = zlib.gzipSync(archive([member({ name: "zeros" }, new Uint8Array(200 * MIB))]));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  const start = performance.now();
  const error = await imageOf(bomb, { signal: controller.signal }).catch((reason) => reason);
  assert.is(error.name, "AbortError");
  assert.ok(performance.now() - start < 5000);
});

stopping("that never comes leaves no listener behind", async () => {
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = ((...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  }) as typeof signal.removeEventListener;
  await imageOf(edgeTar("v7"), { signal });
  assert.is(listeners, 0);
});

stopping.run();
