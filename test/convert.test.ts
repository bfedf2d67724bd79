/** `convert`: whatever the layer comes from, the image is the same; whatever goes wrong, nothing is left. */
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert, ErrorCode, ImageError, type ImageSink, type Progress } from "../src/index.ts";
import { edgeTar } from "./fixtures/edge.ts";
import { MemoryTarget, makeImage, type Options, type Source } from "./fixtures/image.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { noise } from "./fixtures/random.ts";
import { realisticTar } from "./fixtures/realistic.ts";
import { rejects } from "./fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "./fixtures/scratch.ts";
import { archive, header, member, pax, sparseMember } from "./fixtures/tar-builder.ts";
import { missing, type Oracle, present, run } from "./oracles/oracle.ts";

const MIB = 2 ** 20;
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** A layer of some megabytes: more than one buffer of anything. */
const tar = realisticTar(1000);
const { image: expected, result: plainResult } = await makeImage(tar);

async function imageOf(source: Source, options: Options = {}): Promise<Buffer> {
  const target = new MemoryTarget();
  await convert(source, target, options);
  return target.image;
}

// Sources.

const sources = suite("convert: sources");

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

async function* yielded(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await new Promise((resolve) => setImmediate(resolve));
    yield chunk;
  }
}

const SOURCES: [kind: string, open: () => Source | Promise<Source>][] = [
  ["a path", () => scratchFile("layer.tar", tar)],
  ["a file: URL", () => pathToFileURL(scratchFile("a layer #1.tar", tar))],
  ["bytes", () => tar],
  ["an array of chunks", () => pieces(tar, 100_000)],
  ["an array of chunks of an odd size", () => pieces(tar, 8191)],
  ["chunks with empty ones among them", () => pieces(tar, MIB).flatMap((chunk) => [chunk, new Uint8Array()])],
  ["an async generator", () => yielded(pieces(tar, 65_536))],
  ["a node stream", () => createReadStream(scratchFile("layer.tar", tar))],
  ["a node stream of chunks", () => Readable.from(pieces(tar, 300_000))],
  ["a web stream", () => new Blob([Buffer.from(tar)]).stream() as unknown as Source],
  ["a gzip file", () => scratchFile("layer.tar.gz", zlib.gzipSync(tar))],
  ["a gzip file called .tar", () => scratchFile("layer.tar", zlib.gzipSync(tar))],
  ["gzip in chunks of an odd size", () => pieces(zlib.gzipSync(tar), 333)],
  ["gzip of many members", () => Buffer.concat(pieces(tar, 200_000).map((piece) => zlib.gzipSync(piece)))],
  [
    "gzip with an empty member among others",
    () => Buffer.concat([zlib.gzipSync(""), zlib.gzipSync(tar), zlib.gzipSync("")]),
  ],
  ["gzip and a block of zeros after it", () => Buffer.concat([zlib.gzipSync(tar), Buffer.alloc(512)])],
];

for (const [kind, open] of SOURCES) {
  sources(`${kind} gives the image that the tar's bytes give`, async () => {
    assert.ok((await imageOf(await open())).equals(expected));
  });
}

sources("an open file is read from where it is, and stays open", async () => {
  const file = await open(scratchFile("layer.tar", Buffer.concat([Buffer.from("before"), tar])));
  try {
    await file.read(Buffer.alloc(6), 0, 6);
    assert.ok((await imageOf(file)).equals(expected));
    assert.is((await file.stat()).size, tar.length + 6);
  } finally {
    await file.close();
  }
});

sources("chunks one byte long give the image that whole ones give", async () => {
  const small = edgeTar("sparse-pax01");
  assert.ok((await imageOf(pieces(small, 1))).equals((await makeImage(small)).image));
});

sources("what follows the end of the archive is read, and changes nothing", async () => {
  let read = 0;
  function* chunks(): Generator<Uint8Array> {
    for (const chunk of [...pieces(tar, MIB), ...pieces(noise(3 * MIB), MIB)]) {
      read += chunk.length;
      yield chunk;
    }
  }
  assert.ok((await imageOf(chunks())).equals(expected));
  assert.is(read, tar.length + 3 * MIB);
});

sources("a source that fails is not blamed on the layer", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield tar.subarray(0, 5000);
    throw new Error("the network is gone");
  }
  const error = await rejects(imageOf(broken()), ErrorCode.FailedPrecondition);
  assert.match(error.message, "the network is gone");
  assert.match(String((error.cause as Error).message), "the network is gone");
});

sources("a source that is let go in the middle is told so", async () => {
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(MIB, 1); // no tar
    } finally {
      closed = true;
    }
  }
  await rejects(imageOf(endless()), ErrorCode.Corrupt);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(closed);
});

sources("a path with nothing there is NotFound, a directory InvalidArgument", async () => {
  const path = scratchPath("no-such-layer.tar");
  assert.match((await rejects(imageOf(path), ErrorCode.NotFound)).message, "no-such-layer.tar");
  await rejects(imageOf(dirname(path)), ErrorCode.InvalidArgument);
});

sources("something that yields no bytes is InvalidArgument", async () => {
  await rejects(imageOf(["text"] as unknown as Source), ErrorCode.InvalidArgument);
  await rejects(imageOf(42 as unknown as Source), ErrorCode.InvalidArgument);
});

sources.run();

// Compression.

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

// What is told.

const results = suite("convert: results");

results("tell the size, entries and digests of a plain layer", () => {
  assert.equal(
    { ...plainResult, entries: undefined },
    {
      size: expected.length,
      profile: "hcsshim",
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
  assert.is(result.entries, plainResult.entries);
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

// Options.

const options = suite("convert: options");

options("that make no sense are InvalidArgument", async () => {
  const wrong: Options[] = [
    { profile: "ext5" as "hcsshim" },
    { whiteouts: "aufs" as "keep" },
    { maxSize: -1 },
    { maxSize: 1.5 },
    { maxSize: Number.NaN },
    { limits: { entries: -1 } },
    { limits: { bytes: Number.NaN } },
  ];
  for (const each of wrong) await rejects(imageOf(tar, each), ErrorCode.InvalidArgument);
});

options("convertSlash makes the image that slashes would have made", async () => {
  const windows = archive([
    header({ name: "dir\\sub", type: "5", mode: 0o755 }),
    member({ name: "dir\\sub\\file" }, "x"),
    header({ name: "link", type: "2", link: "dir\\sub\\file" }),
  ]);
  const posix = archive([
    header({ name: "dir/sub", type: "5", mode: 0o755 }),
    member({ name: "dir/sub/file" }, "x"),
    header({ name: "link", type: "2", link: "dir/sub/file" }),
  ]);
  assert.ok((await imageOf(windows, { convertSlash: true })).equals(await imageOf(posix)));
  assert.not.ok((await imageOf(windows)).equals(await imageOf(posix)));
});

const LIMITED: [
  limit: string,
  layer: Uint8Array,
  tight: Options["limits"] & object,
  roomy: Options["limits"] & object,
][] = [
  ["entries", archive(["a", "b/c", "d"].map((name) => member({ name }))), { entries: 3 }, { entries: 20 }],
  ["bytes", edgeTar("v7"), { bytes: edgeTar("v7").length - 1 }, { bytes: edgeTar("v7").length }],
  ["pathLength", layerTar([entry("file", "p".repeat(200))]), { pathLength: 199 }, { pathLength: 200 }],
];

for (const [limit, layer, tight, roomy] of LIMITED) {
  options(`limits.${limit} lets pass what is within, and stops what is past it with OutOfRange`, async () => {
    await imageOf(layer, { limits: roomy });
    await rejects(imageOf(layer, { limits: tight }), ErrorCode.OutOfRange);
  });
}

options("limits.ratio stops a bomb early, and lets an ordinary layer pass", async () => {
  const zeros = archive([member({ name: "zeros" }, new Uint8Array(64 * MIB))]);
  const bomb = zlib.gzipSync(zeros);
  await rejects(imageOf(bomb, { limits: { ratio: 100 } }), ErrorCode.OutOfRange);
  await imageOf(bomb, { limits: { ratio: 2000 } });
  await imageOf(zlib.gzipSync(tar), { limits: { ratio: 100 } });
});

/** A few bytes that claim to be many. */
const CLAIMS: [what: string, tar: Uint8Array][] = [
  ["a file of 2^62 bytes", header({ name: "f", size: 2 ** 62 })],
  ["a sparse file of 2^50 bytes", archive([sparseMember("PAX 1.0", { name: "f" }, { size: 2 ** 50, pieces: [] })])],
  [
    "a sparse file with a map of 2^50 places",
    archive([
      pax([
        ["GNU.sparse.major", "1"],
        ["GNU.sparse.minor", "0"],
        ["GNU.sparse.realsize", "5"],
      ]),
      member({ name: "f" }, `${2 ** 50}\n`.padEnd(2 * MIB, "0\n")),
    ]),
  ],
  [
    "an extended header of 2^40 bytes",
    Buffer.concat([header({ name: "x", type: "x", size: 2 ** 40 }), new Uint8Array(MIB)]),
  ],
  [
    "a long name of 2^40 bytes",
    Buffer.concat([header({ name: "L", type: "L", size: 2 ** 40 }), Buffer.alloc(3 * MIB, "n")]),
  ],
  [
    "an old sparse map without an end",
    Buffer.concat([header({ name: "s", type: "S", magic: "gnu", raw: [[482, "1"]] }), Buffer.alloc(3 * MIB, "1")]),
  ],
];

for (const [what, bomb] of CLAIMS) {
  options(`${what} costs neither time nor room, and leaves nothing`, async () => {
    const folder = scratchFolder();
    const start = performance.now();
    const error = await convert(bomb, join(folder, "image")).catch((reason) => reason);
    assert.instance(error, ImageError);
    assert.is.not(error.code, ErrorCode.Internal);
    assert.ok(performance.now() - start < 2000);
    assert.equal(readdirSync(folder), []);
  });
}

options("a layer that names places outside of it writes to none of them", async () => {
  const outside = scratchFolder();
  const names = ["../escaped-1", "/escaped-2", `${outside}/escaped-3`, `../../../../../../${outside}/escaped-4`];
  const members = names.map((name) => pax([["path", name]])).flatMap((long) => [long, member({ name: "f" }, "x")]);
  const folder = scratchFolder();
  await convert(archive(members), join(folder, "image"));
  const throughLink = archive([
    header({ name: "link", type: "2", link: outside }),
    member({ name: "link/escaped" }, "x"),
  ]);
  await rejects(convert(throughLink, join(folder, "other")), ErrorCode.NotFound);
  assert.equal(readdirSync(outside), []);
  assert.equal(readdirSync(folder), ["image"]);
  assert.not.ok(existsSync("/escaped-2"));
});

options("a path of 20,000 folders costs seconds at most", async () => {
  const start = performance.now();
  await imageOf(layerTar([entry("file", `${"d/".repeat(20_000)}f`)]));
  assert.ok(performance.now() - start < 5000, `${Math.round(performance.now() - start)} ms`);
});

options("a name longer than any buffer is refused by its length", async () => {
  const error = await rejects(imageOf(layerTar([entry("file", "n".repeat(900_000))])), ErrorCode.OutOfRange);
  assert.match(error.message, "900000");
  assert.ok(error.message.length < 1000);
});

options.run();

// Stopping.

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

// Targets.

const targets = suite("convert: targets");

targets("a file has the bytes that a sink is given, and is sparse", async () => {
  const path = scratchPath("image");
  const zeros = archive([member({ name: "zeros" }, new Uint8Array(64 * MIB)), member({ name: "some" }, noise(5000))]);
  const { image } = await makeImage(zeros);
  const result = await convert(zeros, path);
  assert.is(result.size, image.length);
  assert.ok(readFileSync(path).equals(image));
  assert.ok(statSync(path).blocks * 512 < MIB, "zeros are not written");
});

targets("a file: URL names the file that the image goes to", async () => {
  const path = scratchPath("image #1");
  await convert(tar, pathToFileURL(path));
  assert.ok(readFileSync(path).equals(expected));
});

targets("an image takes the place of the file that was there, and only when it is complete", async () => {
  const path = scratchFile("image", Buffer.from("the old one"));
  await rejects(convert(edgeTar("trunc-data"), path), ErrorCode.Corrupt);
  assert.is(readFileSync(path, "utf8"), "the old one");
  await convert(tar, path);
  assert.ok(readFileSync(path).equals(expected));
  assert.equal(readdirSync(dirname(path)), ["image"]);
});

targets("the file that a link points to is written, and the link stays", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "real"));
  writeFileSync(join(folder, "real", "image"), "old");
  symlinkSync(join("real", "image"), join(folder, "link"));
  await convert(tar, join(folder, "link"));
  assert.ok(readFileSync(join(folder, "real", "image")).equals(expected));
});

targets("a place where no file can be is told by its name", async () => {
  assert.match(
    (await rejects(convert(tar, scratchPath("no/such/image")), ErrorCode.NotFound)).message,
    "no/such/image",
  );
  await rejects(convert(tar, scratchFolder()), ErrorCode.InvalidArgument);
  await rejects(convert(tar, join(scratchFile("file", tar), "image")), ErrorCode.InvalidArgument);
  await rejects(convert(tar, "/dev/null"), ErrorCode.InvalidArgument);
});

targets("nothing is left of an image whose layer is refused", async () => {
  for (const name of [
    "bad-checksum",
    "trunc-data",
    "trunc-header",
    "name256",
    "huge-size",
    "xattr-60k",
    "hard-forward",
  ]) {
    const folder = scratchFolder();
    const error = await convert(edgeTar(name), join(folder, "image"), { verity: true, vhd: true }).catch(
      (reason) => reason,
    );
    assert.instance(error, Error, name);
    assert.equal(readdirSync(folder), [], name);
  }
});

/** A sink that fails where it is told to, and remembers what it was asked. */
function failing(where: "write" | "commit"): ImageSink & { calls: string[] } {
  const calls: string[] = [];
  const call = (name: string): void => {
    if (calls.at(-1) !== name) calls.push(name);
    if (name === where) throw new Error(`no ${name} here`);
  };
  return { calls, write: () => call("write"), commit: () => call("commit"), discard: () => call("discard") };
}

for (const where of ["write", "commit"] as const) {
  targets(`a sink whose ${where} fails is discarded, and the error is its own`, async () => {
    const sink = failing(where);
    const error = await rejects(convert(tar, sink), ErrorCode.FailedPrecondition);
    assert.match(error.message, `no ${where} here`);
    assert.equal(sink.calls, where === "write" ? ["write", "discard"] : ["write", "commit", "discard"]);
  });
}

targets("a sink without discard may fail too", async () => {
  const { write, commit } = failing("write");
  await rejects(convert(tar, { write, commit }), ErrorCode.FailedPrecondition);
});

targets("no byte is given to a sink twice, none past the size, and none where all are zeros", async () => {
  for (const options of [{}, { whiteouts: "overlay", inline: true }, { verity: true, vhd: true }] satisfies Options[]) {
    const layer = Buffer.from(realisticTar(300));
    const blocks = new Set<number>();
    let end = 0;
    const result = await convert(
      layer,
      {
        write(at, bytes) {
          end = Math.max(end, at + bytes.length);
          for (let from = 0; from < bytes.length; from += 4096) {
            const block = (at + from) / 4096;
            assert.not.ok(blocks.has(block), `block ${block} is written twice`);
            blocks.add(block);
          }
        },
        commit() {},
      },
      options,
    );
    assert.ok(end <= result.size);
  }
});

targets.run();

// Progress.

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
