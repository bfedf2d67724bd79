/** Images say in a browser what they say on Node, word for word. */
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BlockOwners } from "../../src/host/explain/block-owners.ts";
import { openRandomAccess } from "../../src/host/image/image-source.ts";
import { convert, type ImageSource, openImage } from "../../src/index.ts";
import { goldenFiles } from "../fixtures/golden-cim-files.ts";
import { IMAGES, smallImage } from "../fixtures/images.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { inChromium } from "./chromium.ts";
import { asText, factsOf } from "./image-facts.ts";
import { peaksWhile } from "./memory.ts";
import { said } from "./said.ts";
import { inVhd, inVhdx, sound } from "./sample-images.ts";
import { bundled, call } from "./sites.ts";

const reading = suite("browser: images");
const test = inChromium(reading);
const PAGE = "reading.ts";

async function factsOnNode(source: ImageSource, verify = true): Promise<string> {
  return said(async () => {
    const image = await openImage(source, { verify });
    try {
      return await factsOf(image);
    } finally {
      image.close();
    }
  });
}

test("images say the same of themselves and their files", async (visit) => {
  const images: Record<string, Uint8Array> = { "/sound": sound, "/vhd": inVhd, "/vhdx": inVhdx };
  for (const name of IMAGES) images[`/${name}`] = smallImage(name);
  const page = await visit.open(await bundled(PAGE, images));
  for (const [path, bytes] of Object.entries(images)) {
    assert.is(await call(page, "facts", path), await factsOnNode(bytes), path);
  }
});

/** The same each time: a xorshift of 32 bits. */
function* numbers(seed: number): Generator<number, never, undefined> {
  for (let state = seed; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

/** Small images with bytes changed, most of them in metadata, which comes first. */
function* damagedImages(count: number): Generator<Uint8Array> {
  const random = numbers(42);
  const below = (limit: number) => random.next().value % limit;
  for (let index = 0; index < count; index++) {
    const bytes = smallImage(IMAGES[index % IMAGES.length]!);
    for (let changes = below(20) + 1; changes > 0; changes--) {
      const part = below(1000) / 1000;
      bytes[Math.floor(part ** 3 * bytes.length)] = below(256);
    }
    yield below(5) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
  }
}

test("images that an enemy made fail by the same code and sentence", async (visit) => {
  const damaged = [...damagedImages(60)];
  const page = await visit.open(
    await bundled(PAGE, Object.fromEntries(damaged.map((bytes, index) => [`/${index}`, bytes]))),
  );
  let failed = 0;
  for (const [index, bytes] of damaged.entries()) {
    const expected = await factsOnNode(bytes, index % 2 === 0);
    const failures = expected.match(/code/g)?.length ?? 0;
    if (expected.startsWith('{"failed"') || failures > 1) failed++; // one is that it is no CIM
    assert.is(await call(page, "facts", `/${index}`, index % 2 === 0), expected, `image ${index}`);
  }
  assert.ok(failed > 20, `${failed} of them fail`);
});

test("a CIM of several files says the same", async (visit) => {
  for (const version of [1, 2] as const) {
    const { cim, files, beside } = goldenFiles(version);
    const paths = [...files].map(([name]) => [name, `/${name}`]);
    const served = Object.fromEntries([["/test.cim", cim], ...[...files].map(([name, bytes]) => [`/${name}`, bytes])]);
    const page = await visit.open(await bundled(PAGE, served));
    const expected = await said(async () => factsOf(await openImage({ cim, beside })));
    assert.is(await call(page, "factsOfCim", "/test.cim", Object.fromEntries(paths)), expected);
    assert.match(await call<string>(page, "factsOfCim", "/test.cim", {}), /a region that is not beside it/);
    assert.match(await call<string>(page, "facts", "/test.cim"), /a CIM is several files/);
  }
});

test("files come as streams and as Blobs, from an image in the origin's own files too", async (visit) => {
  const page = await visit.open(await bundled(PAGE, { "/sound": sound }));
  const digest = createHash("sha256").update(noise(3_000_000)).digest("hex");
  const content = { size: 3_000_000, digest: `bytes ${digest}` };
  assert.equal(JSON.parse(await call(page, "content", "/sound", "etc/large")), {
    done: { stream: content, blob: content, ofOwnFile: content },
  });
  const refusal = "etc: a directory, not a regular file";
  assert.equal(JSON.parse(await call(page, "refusals", "/sound", "etc")), { done: [refusal, refusal] });
});

test("work ends when it is told to, and an image that is closed says so", async (visit) => {
  const page = await visit.open(await bundled(PAGE, { "/sound": sound }));
  assert.equal(JSON.parse(await call(page, "stopped", "/sound")), {
    done: {
      opened: "not now",
      reason: "no more",
      after: "ext4",
      closed: "image: is closed",
      none: "image: 7 is not a Blob, bytes, or a file's handle",
    },
  });
});

const MIB = 1024 ** 2;

test("an image of 2 GB with 20,000 files is looked into in a moment, and in bounded memory", async (visit) => {
  const files = Array.from({ length: 20_000 }, (_, index) => {
    const name = `d${index % 100}/file-${index}`;
    return entry("file", name, { data: Buffer.alloc(index % 5 === 0 ? 20_000 : 100, name) });
  });
  const directories = Array.from({ length: 100 }, (_, index) => entry("dir", `d${index}`));
  const path = scratchPath("large.ext4");
  await convert([layerTar([...directories, ...files])], path, { filesystem: { size: 2048 * MIB } });
  const page = await visit.open(await bundled(PAGE));
  await call(page, "chooser");
  await page.setInputFiles("input", path);
  const peaks = await peaksWhile(visit.profile, async () => {
    const { took, answers } = await call<{ took: Record<string, number>; answers: string }>(page, "lookIntoChosen");
    const image = await openImage(path);
    const owners = await BlockOwners.gather(openRandomAccess(path));
    const expected = [image.inspect(), [...image.list("/")], image.blockMap(), owners.placeOf(0)];
    image.close();
    assert.ok(answers === asText(expected));
    for (const [what, most] of [
      ["inspect", 2000],
      ["a place", 50],
    ] as const) {
      assert.ok(took[what]! < most, `${what} took ${took[what]} ms`);
    }
  });
  if (process.platform === "linux") assert.ok(peaks.tab < 300 * MIB, `the tab had ${peaks.tab} bytes`);
});

reading.run();
