import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, type FileRange } from "../../src/index.ts";
import { edgeTar } from "../fixtures/edge.ts";
import { makeImage, type Source } from "../fixtures/image.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { expected, imageOf, pieces, tar, yielded } from "../fixtures/some-layer.ts";

const MIB = 2 ** 20;

const sources = suite("convert: sources");

/** `bytes`, with others before and after them. */
function rangeOf(bytes: Uint8Array): FileRange {
  const around = noise(777);
  return { path: scratchFile("blobs", Buffer.concat([around, bytes, around])), position: 777, size: bytes.length };
}

const SOURCES: [kind: string, open: () => Source | Promise<Source>][] = [
  ["a path", () => scratchFile("layer.tar", tar)],
  ["a file: URL", () => pathToFileURL(scratchFile("a layer #1.tar", tar))],
  ["a range of a file", () => rangeOf(tar)],
  ["a range of a file that is gzip", () => rangeOf(zlib.gzipSync(tar))],
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

sources("a range ends where it ends, whatever the layer in it says", async () => {
  const range = rangeOf(tar);
  await rejects(imageOf({ ...range, size: 700_000 }), ErrorCode.Corrupt);
});

sources("a range that the file does not hold is told from a damaged layer", async () => {
  const range = rangeOf(tar);
  const { message } = await rejects(imageOf({ ...range, size: tar.length + 778 }), ErrorCode.FailedPrecondition);
  assert.is(message, `${range.path}: ends at byte ${tar.length + 2 * 777}, 1 bytes too soon`);
});

sources("a range whose numbers are none is refused", async () => {
  const range = rangeOf(tar);
  const NUMBERS: unknown[] = [undefined, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "777", 777n];
  for (const name of ["position", "size"]) {
    for (const number of NUMBERS) {
      const { message } = await rejects(imageOf({ ...range, [name]: number }), ErrorCode.InvalidArgument);
      assert.is(message, `${range.path}: ${name}: ${number} is not a whole number of 0 or more`);
    }
  }
});

sources("a range of what is no regular file is refused", async () => {
  await rejects(imageOf({ path: scratchFolder(), position: 0, size: 1 }), ErrorCode.InvalidArgument);
  await rejects(imageOf({ path: scratchPath("nothing"), position: 0, size: 1 }), ErrorCode.NotFound);
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
