/** Bodies that the kernel copies from layer to image: the image is the same, however much of it comes that way. */
import { readdirSync, readFileSync, readSync, statSync, truncateSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import { type ConvertOptions, convert, ErrorCode } from "../../src/index.ts";
import { makeHcsshimImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise, random } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { archive, member, sparseMember } from "../fixtures/tar-builder.ts";
import { type Oracle, present } from "../oracles/oracle.ts";

const MIB = 2 ** 20;

type Platform = NonNullable<ConvertOptions["platform"]>;
type CopyRange = NonNullable<Awaited<ReturnType<Platform["copyRange"]>>>;

/** A platform whose copies are read and written here. Counts what it is asked for. */
function platformOf(copy: CopyRange | undefined): Platform & { asked: number; copied: number } {
  const platform = {
    asked: 0,
    copied: 0,
    copyRange: async () =>
      copy &&
      ((...range: Parameters<CopyRange>) => {
        const copied = copy(...range);
        platform.asked++;
        platform.copied += copied;
        return copied;
      }),
  };
  return platform;
}

const copyAll: CopyRange = (source, sourceAt, target, targetAt, length) => {
  const bytes = Buffer.alloc(length);
  const read = readSync(source, bytes, 0, length, sourceAt);
  return read === 0 ? 0 : writeSync(target, bytes, 0, read, targetAt);
};

/** Copies as many bytes as it likes of those that it should. */
function copySome(seed: number): CopyRange {
  const next = random(seed);
  return (source, sourceAt, target, targetAt, length) =>
    copyAll(source, sourceAt, target, targetAt, Math.floor(length * next()));
}

/** Large bodies and small ones, zeros at their beginnings, in their middles and at their ends, holes, an xattr block. */
const layer = archive([
  layerTar([
    entry("file", "small", { data: noise(100) }),
    entry("file", "large", { data: noise(9 * MIB + 17), xattrs: [["user.large", noise(300)]] }),
    entry("file", "starts with zeros", { data: Buffer.concat([Buffer.alloc(5 * MIB), noise(5 * MIB)]) }),
    entry("file", "zeros within", { data: Buffer.concat([noise(6 * MIB), Buffer.alloc(4 * MIB), noise(6 * MIB)]) }),
    entry("file", "ends with zeros", { data: Buffer.concat([noise(6 * MIB + 5), Buffer.alloc(5 * MIB)]) }),
    entry("file", "whole blocks", { data: noise(8 * MIB) }),
    entry("symlink", "link", { target: "t".repeat(100) }),
  ]).subarray(0, -1024),
  sparseMember("PAX 1.0", { name: "sparse" }, { size: 20 * MIB, pieces: [[MIB, noise(7 * MIB)]] }),
  member({ name: "last" }, noise(5 * MIB + 1)),
]);
const { image: expected, result: expectedResult } = await makeHcsshimImage(layer, {
  profile: "hcsshim",
  digests: false,
});

async function fileOf(source: Parameters<typeof convert>[0], options: ConvertOptions): Promise<string> {
  const path = scratchPath("image");
  await convert(source, path, { profile: "hcsshim", digests: false, ...options });
  return path;
}

const copying = suite("copying");

const PLATFORMS: [what: string, platform: ReturnType<typeof platformOf>, least: number, most: number][] = [
  ["copies all that it is asked for", platformOf(copyAll), 20 * MIB, layer.length],
  ["copies a part of it", platformOf(copySome(1)), MIB, layer.length],
  ["copies another part of it", platformOf(copySome(2)), MIB, layer.length],
  [
    "copies less than a block of it",
    platformOf((from, at, to, toAt, length) => copyAll(from, at, to, toAt, length % 4095)),
    0,
    MIB,
  ],
  ["can copy nothing between these two", platformOf(() => 0), 0, 0],
  ["has no such call", platformOf(undefined), 0, 0],
];

for (const [what, platform, least, most] of PLATFORMS) {
  copying(`by a platform that ${what} gives the image that reading gives`, async () => {
    const path = scratchPath("image");
    const result = await convert(scratchFile("layer.tar", layer), path, {
      profile: "hcsshim",
      digests: false,
      platform,
    });
    assert.ok(readFileSync(path).equals(expected));
    assert.equal(result, expectedResult);
    assert.ok(platform.copied >= least && platform.copied <= most, `${platform.copied} bytes were copied`);
    assert.ok(platform.asked < 1000);
  });
}

copying("leaves zeros unwritten, as reading does", async () => {
  const path = await fileOf(scratchFile("layer.tar", layer), { platform: platformOf(copyAll) });
  const plain = await fileOf(scratchFile("layer.tar", layer), {});
  assert.ok(statSync(path).blocks * 512 <= statSync(plain).blocks * 512 + 3 * MIB);
});

for (const [why, options] of [
  ["a dm-verity tree needs them", { verity: true }],
  ["a VHD's unique id is told by them", { vhd: true }],
  ["their digests are wanted", { digests: true }],
] satisfies [string, ConvertOptions][]) {
  copying(`is not done where the bytes must be seen: ${why}`, async () => {
    const platform = platformOf(copyAll);
    const path = await fileOf(scratchFile("layer.tar", layer), { ...options, platform });
    assert.ok(readFileSync(path).equals((await makeHcsshimImage(layer, options)).image));
    assert.is(platform.asked, 0);
  });
}

copying("is not done of a compressed layer, nor from or to what is no file", async () => {
  const platform = platformOf(copyAll);
  await fileOf(scratchFile("layer.tar.gz", gzipSync(layer, { level: 1 })), { platform });
  await fileOf([layer], { platform });
  await makeHcsshimImage(layer, { profile: "hcsshim", digests: false, platform });
  assert.is(platform.asked, 0);
});

copying("from an open file begins where the file is", async () => {
  const file = await open(scratchFile("layer.tar", Buffer.concat([noise(777), layer])));
  try {
    await file.read(Buffer.alloc(777), 0, 777);
    const path = await fileOf(file, { platform: platformOf(copyAll) });
    assert.ok(readFileSync(path).equals(expected));
  } finally {
    await file.close();
  }
});

copying("of a layer that ends within a body is Corrupt, and leaves nothing", async () => {
  for (const length of [3 * MIB, 8 * MIB, 9 * MIB]) {
    const path = scratchPath("image");
    const work = convert(scratchFile("layer.tar", layer.subarray(0, length)), path, {
      profile: "hcsshim",
      digests: false,
      platform: platformOf(copyAll),
    });
    await rejects(work, ErrorCode.Corrupt);
    assert.equal(readdirSync(dirname(path)), []);
  }
});

copying("of a layer that is cut while it is read is Corrupt too", async () => {
  const source = scratchFile("layer.tar", layer);
  const platform = platformOf((...range) => {
    truncateSync(source, 5 * MIB);
    return copyAll(...range);
  });
  const path = scratchPath("image");
  await rejects(convert(source, path, { profile: "hcsshim", digests: false, platform }), ErrorCode.Corrupt);
  assert.equal(readdirSync(dirname(path)), []);
});

copying("that fails is a failure of the image, and leaves nothing", async () => {
  const path = scratchPath("image");
  const platform = platformOf(() => {
    throw Object.assign(new Error("full"), { code: "ENOSPC" });
  });
  const error = await convert(scratchFile("layer.tar", layer), path, {
    profile: "hcsshim",
    digests: false,
    platform,
  }).catch((reason) => reason);
  assert.instance(error, Error);
  assert.equal(readdirSync(dirname(path)), []);
});

copying("keeps the limits of a layer and of its image", async () => {
  const source = scratchFile("layer.tar", layer);
  const platform = platformOf(copyAll);
  await rejects(fileOf(source, { platform, limits: { bytes: 7 * MIB } }), ErrorCode.OutOfRange);
  await rejects(fileOf(source, { platform, maxSize: 7 * MIB }), ErrorCode.OutOfRange);
  await fileOf(source, { platform, limits: { bytes: layer.length }, maxSize: expected.length });
});

copying("counts as progress, and hears the signal", async () => {
  const told: number[] = [];
  await fileOf(scratchFile("layer.tar", layer), {
    platform: platformOf(copyAll),
    onProgress: ({ bytesRead }) => told.push(bytesRead),
  });
  assert.is(told.at(-1), layer.length);
  assert.equal(
    told,
    [...told].sort((a, b) => a - b),
  );

  const controller = new AbortController();
  const platform = platformOf((...range) => {
    controller.abort();
    const start = Date.now();
    while (Date.now() - start < 50); // long enough for a turn of the event loop to be due
    return copyAll(...range);
  });
  const path = scratchPath("image");
  const work = convert(scratchFile("layer.tar", layer), path, {
    profile: "hcsshim",
    digests: false,
    platform,
    signal: controller.signal,
  });
  assert.is((await work.catch((reason) => reason)).name, "AbortError");
  assert.equal(readdirSync(dirname(path)), []);
});

copying("gives the same image for files of any size, with zeros anywhere, by copies of any length", async () => {
  const bodies = fc.array(
    fc.tuple(fc.nat(7 * MIB), fc.constantFrom(0, 1, 2, 3), fc.nat(100)).map(([size, zeros, seed]) => {
      const data = Buffer.from(noise(size, seed));
      if (zeros > 0) data.fill(0, Math.floor((size * (zeros - 1)) / 3), Math.floor((size * zeros) / 3));
      return data;
    }),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(bodies, fc.nat(), async (bodies, seed) => {
      const tar = archive(bodies.map((data, index) => member({ name: `f${index}` }, data)));
      const path = await fileOf(scratchFile("layer.tar", tar), { platform: platformOf(copySome(seed)) });
      assert.ok(readFileSync(path).equals((await makeHcsshimImage(tar)).image));
    }),
    { seed: 1, numRuns: 15, includeErrorInReport: true },
  );
});

const native: Oracle = {
  name: "copy_file_range",
  missing: (await thisPlatform()?.copyRange())
    ? undefined
    : "copy_file_range cannot be called here (Linux, and the package koffi)",
};

if (present(native, copying)) {
  copying("by this machine's own call gives the image that reading gives", async () => {
    const copyRange = await thisPlatform()!.copyRange();
    const platform = platformOf(copyRange);
    const path = await fileOf(scratchFile("layer.tar", layer), { platform });
    assert.ok(readFileSync(path).equals(expected));
    assert.ok(platform.asked > 0);
  });

  copying("by this machine's own call, which fails, copies nothing", async () => {
    const copyRange = (await thisPlatform()!.copyRange())!;
    assert.is(copyRange(-1, 0, -1, 0, 4096), 0);
  });
}

copying.run();
