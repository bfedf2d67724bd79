import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { expected, imageOf, pieces, tar } from "../fixtures/some-layer.ts";
import { missing, type Oracle, present, run } from "../oracles/oracle.ts";

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

const zstd: Oracle = { name: "zstd", missing: missing("zstd", "zstd") };

if (present(zstd, compressed)) {
  const pack = (...args: string[]): Buffer => {
    const path = scratchFile("layer.tar", tar);
    assert.is(run("zstd", ["-q", ...args, path, "-o", `${path}.zst`]).status, 0);
    return readFileSync(`${path}.zst`);
  };
  const native = "createZstdDecompress" in zlib;

  if (!native) {
    compressed("zstd is Unsupported on this Node, and the message names one that reads it", async () => {
      const error = await rejects(imageOf(pack()), ErrorCode.Unsupported);
      assert.match(error.message, "22.15");
    });
  } else {
    for (const args of [[], ["-19"], ["--long=27"], ["--no-check"]]) {
      compressed(`zstd (${args.join(" ") || "as it is"}) gives the image that the tar's bytes give`, async () => {
        assert.ok((await imageOf(pack(...args))).equals(expected));
      });
    }

    compressed("zstd of many frames, skippable ones among them, gives that image", async () => {
      const skippable = Buffer.from("502a4d180400000061626364", "hex");
      const frames = pieces(tar, 2 * MIB).flatMap((piece) => {
        const path = scratchFile("piece", piece);
        assert.is(run("zstd", ["-q", path]).status, 0);
        return [skippable, readFileSync(`${path}.zst`)];
      });
      assert.ok((await imageOf(Buffer.concat(frames))).equals(expected));
    });

    compressed("zstd that breaks off, or has a wrong checksum or bit, is Corrupt", async () => {
      const whole = pack();
      for (const length of [4, 9, 5000, whole.length - 4, whole.length - 1]) {
        await rejects(imageOf(whole.subarray(0, length)), ErrorCode.Corrupt);
      }
      for (const at of [whole.length - 1, whole.length - 3, 3000]) {
        const broken = Buffer.from(whole);
        broken[at]! ^= 0x40;
        await rejects(imageOf(broken), ErrorCode.Corrupt);
      }
    });
  }
}

compressed.run();
