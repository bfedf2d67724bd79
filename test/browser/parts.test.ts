/** Parts of the browser's half that need no browser. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openBlobInput, openSkippingInput } from "../../src/host/browser/blob-input.ts";
import { BlobSink } from "../../src/host/browser/blob-sink.ts";
import { DIGEST_SIZE, Sha256 } from "../../src/host/browser/sha256.ts";
import { WriteGatherer } from "../../src/host/browser/write-gatherer.ts";
import { ErrorCode } from "../../src/host/errors.ts";
import { noise } from "../fixtures/random.ts";
import { cuts } from "../fixtures/random-layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { inRepository } from "../fixtures/repository.ts";
import { times } from "../fixtures/runs.ts";

const MIB = 2 ** 20;

const loading = suite("browser: the library");

loading("is loaded where there is nothing of a browser, as by servers that draw pages", () => {
  const program = `
    for (const name of ["navigator", "Blob", "crypto"]) delete globalThis[name];
    const { convert } = await import(${JSON.stringify(pathToFileURL(inRepository("build/src/web.js")).href)});
    console.log(typeof convert);`;
  assert.is(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }), "function\n");
});

loading.run();

const hashing = suite("browser: SHA-256");

const digestOf = (sha256: Sha256): string => Buffer.from(sha256.digest()).toString("hex");
const onNode = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

hashing("is Node's, whatever the length", () => {
  const sha256 = new Sha256();
  for (let length = 0; length < 260; length++) {
    const bytes = noise(length, length);
    sha256.start();
    sha256.update(bytes);
    assert.is(digestOf(sha256), onNode(bytes), `${length} bytes`);
  }
});

hashing("is Node's, whatever the pieces", () => {
  const sha256 = new Sha256();
  const bytes = noise(700_000, 1);
  fc.assert(
    fc.property(cuts, (cut) => {
      sha256.start();
      for (const piece of cut(bytes)) sha256.update(piece);
      assert.is(digestOf(sha256), onNode(bytes));
    }),
    times(30),
  );
});

hashing("forgets what was before it was started again", () => {
  const sha256 = new Sha256();
  sha256.update(noise(100, 1));
  sha256.start();
  assert.is(digestOf(sha256), onNode(new Uint8Array()));
  assert.is(DIGEST_SIZE, 32);
});

hashing.run();

const writing = suite("browser: writes");

/** Pieces of an image in any order, none twice, with holes between them. */
const pieces = fc
  .array(fc.record({ gap: fc.nat(9000), length: fc.integer({ min: 1, max: 20_000 }), rank: fc.nat() }), {
    maxLength: 60,
  })
  .map((drawn) => {
    let end = 0;
    const placed = drawn.map(({ gap, length, rank }) => {
      const at = end + (gap < 4500 ? 0 : gap);
      end = at + length;
      return { at, length, rank };
    });
    return { end, placed: placed.sort((a, b) => a.rank - b.rank) };
  });

writing("come out as they went in, in whatever order, and zeros between them", async () => {
  await fc.assert(
    fc.asyncProperty(pieces, fc.nat(10_000), async ({ end, placed }, behind) => {
      const expected = new Uint8Array(end + behind);
      const gathered = new Uint8Array(end + behind);
      const sink = new BlobSink();
      const gatherer = new WriteGatherer(10_000, (at, bytes) => gathered.set(bytes, at));
      for (const { at, length, rank } of placed) {
        const bytes = noise(length, rank);
        expected.set(bytes, at);
        sink.write(at, bytes);
        gatherer.write(at, bytes);
        bytes.fill(0xee); // a window on memory that changes
      }
      gatherer.flush();
      sink.commit(expected.length);
      assert.is(onNode(new Uint8Array(await sink.blob.arrayBuffer())), onNode(expected));
      assert.is(onNode(gathered), onNode(expected));
    }),
    times(40),
  );
});

writing("of more than a page, and gaps of more than a block of zeros, are one Blob", async () => {
  const large = noise(9 * MIB, 1);
  const sink = new BlobSink();
  sink.write(40 * MIB, large);
  sink.write(0, large.subarray(0, 5));
  sink.commit(60 * MIB);
  const expected = new Uint8Array(60 * MIB);
  expected.set(large, 40 * MIB);
  expected.set(large.subarray(0, 5));
  assert.is(onNode(new Uint8Array(await sink.blob.arrayBuffer())), onNode(expected));
});

writing("behind the end of the image are a fault of ours", () => {
  const sink = new BlobSink();
  sink.write(0, noise(10, 1));
  assert.throws(() => sink.commit(9), /10 bytes in pieces, and should have 9/);
});

writing.run();

const reading = suite("browser: a Blob is read");

for (const size of [0, 1, 4 * MIB, 4 * MIB + 1, 13 * MIB + 5, 32 * MIB]) {
  reading(`to its end: ${size} bytes`, async () => {
    const bytes = noise(size, size);
    const input = openBlobInput(new Blob([bytes]));
    const found: Buffer[] = [];
    const into = new Uint8Array(512 * 1024);
    for (let length = await input.read(into); length > 0; length = await input.read(into)) {
      found.push(Buffer.from(into.subarray(0, length)));
    }
    assert.is(input.totalBytes, size);
    assert.is(onNode(Buffer.concat(found)), onNode(bytes));
    await input.close();
  });
}

reading("where it is wanted: what is skipped is skipped", async () => {
  const bytes = noise(13 * MIB + 5, 1);
  const steps = fc.array(fc.record({ skipped: fc.nat(5 * MIB), read: fc.nat(3 * MIB) }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const input = openSkippingInput(new Blob([bytes]));
      let at = 0;
      for (const { skipped, read } of taken) {
        input.skip!(skipped);
        at += skipped;
        const into = new Uint8Array(read);
        const length = await input.read(into);
        assert.ok(length > 0 || read === 0 || at >= bytes.length);
        assert.ok(Buffer.from(into.subarray(0, length)).equals(bytes.subarray(at, at + length)));
        at += length;
      }
      await input.close();
    }),
    times(40),
  );
});

/** A file that has become shorter since it was chosen, in a browser that does not say so. */
class Cut extends Blob {
  constructor(
    parts: ConstructorParameters<typeof Blob>[0],
    private readonly hasByteStreams: boolean,
  ) {
    super(parts);
  }

  override slice(from: number, to: number): Blob {
    const part = super.slice(from, Math.min(to, 5 * MIB));
    Object.defineProperty(part, "size", { value: to - from });
    if (!this.hasByteStreams) part.stream = () => new ReadableStream();
    return part;
  }
}

reading("not past a place where it has become shorter", async () => {
  for (const open of [openBlobInput, openSkippingInput]) {
    for (const hasByteStreams of [true, false]) {
      const input = open(new Cut([noise(13 * MIB, 1)], hasByteStreams));
      const into = new Uint8Array(4 * MIB);
      assert.is(await input.read(into), 4 * MIB);
      const { message } = await rejects(Promise.resolve(input.read(into)), ErrorCode.FailedPrecondition);
      assert.match(message, /^source: cannot be read any more: it was changed/);
      await input.close();
    }
  }
});

reading.run();
