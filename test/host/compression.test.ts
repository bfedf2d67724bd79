import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decompress } from "../../src/host/decompress.ts";
import { ErrorCode } from "../../src/index.ts";
import { makeImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { expected, expectedResult, imageOf, pieces, tar, yielded } from "../fixtures/some-layer.ts";
import { present } from "../oracles/oracle.ts";
import { zstd } from "../oracles/zstd.ts";

const MIB = 2 ** 20;

const compressed = suite("convert: compressed layers");

compressed("gzip that breaks off is Corrupt, wherever it does", async () => {
  const whole = zlib.gzipSync(tar);
  for (const length of [1, 5, 10, 11, 5000, whole.length - 9, whole.length - 8, whole.length - 1]) {
    await rejects(imageOf(whole.subarray(0, length)), ErrorCode.Corrupt);
  }
});

compressed("gzip with a wrong checksum, length or bit is Corrupt", async () => {
  const whole = zlib.gzipSync(tar);
  for (const at of [whole.length - 1, whole.length - 5, 3000, whole.length >> 1]) {
    const broken = Buffer.from(whole);
    broken[at]! ^= 0x40;
    await rejects(imageOf(broken), ErrorCode.Corrupt);
  }
});

compressed("bytes after the last gzip member are Corrupt, and the message says where", async () => {
  const gzip = zlib.gzipSync(tar);
  for (const between of [0, 1, 700_000]) {
    const source = Buffer.concat([gzip, Buffer.alloc(between), Buffer.from("rubbish")]);
    const error = await rejects(imageOf(source), ErrorCode.Corrupt);
    assert.match(error.message, "gzip");
  }
});

compressed("formats that are known but not read are Unsupported by name", async () => {
  const heads: [name: string, magic: string][] = [
    ["xz", "\xfd7zXZ\0"],
    ["bzip2", "BZh91AY&SY"],
    ["lz4", "\x04\x22\x4d\x18"],
  ];
  for (const [name, magic] of heads) {
    const error = await rejects(imageOf(Buffer.from(magic.padEnd(1024, "\0"), "latin1")), ErrorCode.Unsupported);
    assert.match(error.message, name);
  }
});

compressed(
  "zlib gives the image and the digests that the tar gives; rubbish behind it, and a wrong sum, are Corrupt",
  async () => {
    const whole = zlib.deflateSync(tar);
    const { image, result } = await makeImage(whole);
    assert.ok(image.equals(expected));
    assert.equal([result.compression, result.diffId], ["zlib", expectedResult.diffId]);
    for (const broken of [
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.from("rubbish")]),
      whole.subarray(0, 2),
    ]) {
      assert.match((await rejects(imageOf(broken), ErrorCode.Corrupt)).message, "zlib: ");
    }
  },
);

compressed("a tar whose first name begins as zlib does is a tar", async () => {
  for (const name of ["x^", "(4", "80", "Hj", "Xf", "hb"]) {
    const [cmf = 0, flg = 0] = Buffer.from(name);
    assert.is((cmf * 256 + flg) % 31, 0, name);
    const layer = layerTar([entry("file", name, { data: Buffer.from("text") })]);
    const { result } = await makeImage(layer);
    assert.is(result.compression, "none", name);
    assert.ok((await gathered(decompress(yielded(pieces(layer, 100))))).equals(layer));
    assert.is((await makeImage(zlib.deflateSync(layer))).result.diffId, result.diffId);
  }
});

if (present(zstd, compressed)) {
  for (const words of [[], ["-19"], ["--long=27"], ["--no-check"], ["--fast=5"]]) {
    compressed(`zstd (${words.join(" ") || "as it is"}) gives the image that the tar's bytes give`, async () => {
      assert.ok((await imageOf(zstd.pack(tar, words))).equals(expected));
    });
  }

  compressed(
    "zstd of many frames, skippable ones among them, gives that image and the digests of the tar",
    async () => {
      const skippable = Buffer.from("502a4d180400000061626364", "hex");
      const frames = pieces(tar, 2 * MIB).flatMap((piece) => [skippable, zstd.pack(piece)]);
      const { image, result } = await makeImage(Buffer.concat(frames));
      assert.ok(image.equals(expected));
      assert.is(result.compression, "zstd");
      assert.is(result.diffId, expectedResult.diffId);
      assert.is(result.diffSize, tar.length);
    },
  );

  compressed("zstd that breaks off, or has a wrong checksum or bit, is Corrupt", async () => {
    const whole = zstd.pack(tar);
    for (const length of [4, 9, 5000, whole.length - 4, whole.length - 1]) {
      await rejects(imageOf(whole.subarray(0, length)), ErrorCode.Corrupt);
    }
    for (const at of [whole.length - 1, whole.length - 3, 3000]) {
      const broken = Buffer.from(whole);
      broken[at]! ^= 0x40;
      await rejects(imageOf(broken), ErrorCode.Corrupt);
    }
  });

  compressed("little zstd that holds much is stopped at the limit", async () => {
    const zeros = zstd.pack(Buffer.alloc(64 * MIB));
    const bomb = Buffer.concat(Array.from({ length: 200 }, () => zeros));
    const error = await rejects(imageOf(bomb, { limits: { bytes: 300 * MIB } }), ErrorCode.OutOfRange);
    assert.match(error.message, String(300 * MIB));
  });

  compressed("a stream of each is decompressed on its own, however it is cut; what is none is left alone", async () => {
    for (const source of [tar, zlib.gzipSync(tar), zlib.deflateSync(tar), zstd.pack(tar), new Uint8Array()]) {
      for (const size of [700_001, 5000]) {
        const found = await gathered(decompress(yielded(pieces(source, size))));
        assert.ok(found.equals(source.length === 0 ? source : tar));
      }
    }
    for (const source of [zlib.gzipSync(tar), zstd.pack(tar)]) {
      await rejects(gathered(decompress(yielded([source.subarray(0, -1)]))), ErrorCode.Corrupt);
    }
  });
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of pieces) found.push(piece);
  return Buffer.concat(found);
}

compressed("frames of zstd before 0.8 are Unsupported, and the message says so", async () => {
  for (const magic of ["1eb52ffd", "22b52ffd", "27b52ffd"]) {
    const error = await rejects(imageOf(Buffer.from(magic.padEnd(1024, "0"), "hex")), ErrorCode.Unsupported);
    assert.match(error.message, "zstd before 0.8");
  }
});

compressed.run();
