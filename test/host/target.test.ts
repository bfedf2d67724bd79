import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert, ErrorCode, ImageError, type ImageSink } from "../../src/index.ts";
import { edgeTar } from "../fixtures/edge.ts";
import { MemoryTarget, makeImage, type Options } from "../fixtures/image.ts";
import { needing } from "../fixtures/needing.ts";
import { noise } from "../fixtures/random.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { expected, tar } from "../fixtures/some-layer.ts";
import { archive, member } from "../fixtures/tar-builder.ts";

const MIB = 2 ** 20;

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

/** A sink that is behind whenever it is asked, and then done, or has failed. */
class SlowSink extends MemoryTarget {
  private isBehind = false;
  waited = 0;

  constructor(private readonly fail: () => Error | undefined = () => undefined) {
    super();
  }

  override write(at: number, bytes: Uint8Array): void {
    assert.not(this.isBehind, "nothing comes while it is behind");
    super.write(at, bytes);
  }

  ready(): Promise<void> | undefined {
    this.waited++;
    this.isBehind = true;
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        this.isBehind = false;
        const failure = this.fail();
        if (failure) reject(failure);
        else resolve();
      });
    });
  }
}

targets("a sink that is behind is waited for between two pieces", async () => {
  const layer = archive([member({ name: "f" }, noise(5 * MIB))]);
  const sink = new SlowSink();
  await convert([layer], sink);
  assert.ok(sink.waited >= 10, `${sink.waited} times`);
  assert.ok(sink.image.equals((await makeImage(layer)).image));
});

targets("what fails while it is waited for fails the conversion, and is discarded", async () => {
  const sink: SlowSink = new SlowSink(() =>
    sink.waited === 3 ? new ImageError(ErrorCode.FailedPrecondition, "full") : undefined,
  );
  const { message } = await rejects(convert(tar, sink), ErrorCode.FailedPrecondition);
  assert.is(message, "full");
  assert.is(sink.state, "discarded");
});

targets("a signal ends the wait for a sink that never is ready", async () => {
  const controller = new AbortController();
  const sink = Object.assign(new MemoryTarget(), { ready: () => new Promise<void>(() => {}) });
  setTimeout(() => controller.abort(new Error("enough")), 20);
  await convert(tar, sink, { signal: controller.signal }).then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.is(error.message, "enough");
    },
  );
  assert.is(sink.state, "discarded");
});

needing("symbolic links", targets)("the file that a link points to is written, and the link stays", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "real"));
  writeFileSync(join(folder, "real", "image"), "old");
  symlinkSync(join("real", "image"), join(folder, "link"));
  await convert(tar, join(folder, "link"));
  assert.ok(readFileSync(join(folder, "real", "image")).equals(expected));
});

targets("a place where no file can be is told by its name", async () => {
  const nowhere = join(scratchFolder(), "no", "such", "image");
  assert.match((await rejects(convert(tar, nowhere), ErrorCode.NotFound)).message, nowhere);
  await rejects(convert(tar, scratchFolder()), ErrorCode.InvalidArgument);
  // Windows says of what is in a file that it is not there.
  const inFile = process.platform === "win32" ? ErrorCode.NotFound : ErrorCode.InvalidArgument;
  await rejects(convert(tar, join(scratchFile("file", tar), "image")), inFile);
  await rejects(convert(tar, devNull), ErrorCode.InvalidArgument);
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
    const error = await convert(edgeTar(name), join(folder, "image"), {
      profile: "hcsshim",
      verity: true,
      vhd: true,
    }).catch((reason) => reason);
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
