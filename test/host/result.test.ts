/** What `convert` tells of an image. */
import { createHash } from "node:crypto";
import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert } from "../../src/index.ts";
import { edgeTar } from "../fixtures/edge.ts";
import { MemoryTarget, makeImage } from "../fixtures/image.ts";
import { noise } from "../fixtures/random.ts";
import { expected, expectedResult, tar } from "../fixtures/some-layer.ts";

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const results = suite("convert: results");

results("tell the size, entries and digests of a plain layer", () => {
  assert.equal(
    { ...expectedResult, entries: undefined },
    {
      size: expected.length,
      profile: "modern",
      entries: undefined,
      whiteouts: 0,
      diffId: sha256(tar),
      diffSize: tar.length,
      input: { digest: sha256(tar), size: tar.length },
      compression: "none",
    },
  );
});

results("tell the digests of the layer and of its gzip file apart", async () => {
  const gzip = zlib.gzipSync(tar);
  const result = await convert(gzip, new MemoryTarget());
  assert.is(result.diffId, sha256(tar));
  assert.is(result.diffSize, tar.length);
  assert.equal(result.input, { digest: sha256(gzip), size: gzip.length });
  assert.is(result.compression, "gzip");
});

results("digest all bytes of the layer, those after its end among them", async () => {
  const more = Buffer.concat([edgeTar("v7"), noise(1234)]);
  assert.is((await convert(more, new MemoryTarget())).diffId, sha256(more));
  assert.is((await convert(zlib.gzipSync(more), new MemoryTarget())).diffId, sha256(more));
});

results("have no digests where none are wanted, and the rest as ever", async () => {
  const result = await convert(tar, new MemoryTarget(), { digests: false });
  assert.not.ok("diffId" in result);
  assert.equal(result.input, { size: tar.length });
  assert.is(result.entries, expectedResult.entries);
});

results("count whiteouts, converted or not", async () => {
  const layer = edgeTar("wh-file");
  assert.is((await makeImage(layer)).result.whiteouts, 1);
  assert.is((await makeImage(layer, { whiteouts: "overlay" })).result.whiteouts, 1);
});

results("of a raw image have no profile and no entries", async () => {
  const { image, result } = await makeImage(noise(8192), { raw: true });
  assert.ok(image.equals(noise(8192)));
  assert.not.ok("profile" in result);
  assert.is(result.entries, 0);
});

results("a raw image that begins like gzip stays as it is", async () => {
  const gzip = zlib.gzipSync(noise(8192));
  assert.ok((await makeImage(gzip, { raw: true })).image.equals(gzip));
});

results.run();
