/** Disks and their hash trees are compared in a browser as on Node, word for word. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  convertDisk,
  createHashTree,
  explainDifference,
  openImage,
  readHashTree,
  verifyHashTree,
} from "../../src/index.ts";
import { noise } from "../fixtures/random.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { inChromium } from "./chromium.ts";
import { asText } from "./image-facts.ts";
import { said } from "./said.ts";
import { inVhd, sound } from "./sample-images.ts";
import { bundled, call } from "./sites.ts";

const disks = suite("browser: disks and hash trees");
const test = inChromium(disks);
const PAGE = "reading.ts";

/** Copies of `sound`, each with a byte of another structure changed. */
async function changedCopies(): Promise<[block: number, changed: Uint8Array][]> {
  const image = await openImage(sound);
  const { blockSize } = image.inspect().filesystem;
  const firsts = new Map(image.blocks().map(({ use, block }) => [use, block]));
  image.close();
  return [...firsts.values(), sound.length / blockSize - 1].map((block) => {
    const changed = Uint8Array.from(sound);
    changed[block * blockSize + 1024 + 40]! ^= 1;
    return [block, changed];
  });
}

test("differences are explained in the same words, and blocks have the owners that explanations name", async (visit) => {
  const copies = await changedCopies();
  assert.ok(copies.length > 8, "structures of many kinds");
  const served = Object.fromEntries(copies.map(([block, bytes]) => [`/${block}`, bytes]));
  const page = await visit.open(await bundled(PAGE, { ...served, "/sound": sound, "/vhd": inVhd }));
  const path = scratchFile("sound", sound);
  for (const [block, bytes] of copies) {
    const explanation = await explainDifference(path, scratchFile("changed", bytes));
    assert.is(await call(page, "explain", "/sound", `/${block}`), asText({ done: explanation }), `block ${block}`);
    const places = await call<string>(page, "places", "/sound", [block]);
    assert.is(places, asText({ done: [explanation.first!.a] }), `block ${block}`);
  }
  const others = await said(() => explainDifference(path, scratchFile("vhd", inVhd)));
  assert.is(await call(page, "explain", "/sound", "/vhd"), others);
});

test("hash trees are read, computed and verified as on Node, and their digests lead to the root", async (visit) => {
  const plain = noise(300 * 4096 * 4, 7);
  const withTree = scratchFile("tree", plain);
  const { rootHash } = await createHashTree(withTree, { salt: noise(20) });
  const dynamic = scratchPath("tree.vhdx");
  await convertDisk(withTree, dynamic, { container: "vhdx" });
  const broken = Uint8Array.from(readFileSync(withTree));
  broken[5 * 4096]! ^= 1;
  const paths: Record<string, string> = {
    "/plain": scratchFile("plain", plain),
    "/tree": withTree,
    "/vhdx": dynamic,
    "/broken": scratchFile("broken", broken),
    "/block": scratchFile("block", noise(4096)),
  };
  const served = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, readFileSync(path)]));
  const page = await visit.open(await bundled(PAGE, { ...served, "/sound": sound, "/vhd": inVhd }));
  for (const [name, path] of Object.entries(paths)) {
    assert.is(await call(page, "tree", name), await said(() => readHashTree(path)), name);
    const verified = (await said(() => verifyHashTree(path, rootHash))).replaceAll(path, "image");
    assert.is(await call(page, "verify", name, rootHash), verified, name);
  }
  const digestsOf = (level: string) => Buffer.from(level.slice("bytes ".length), "hex");
  for (const [name, bytes, isStored] of [
    ["/sound", sound, true],
    ["/vhd", inVhd, false],
  ] as const) {
    const { done } = JSON.parse(await call<string>(page, "digests", name));
    assert.is(done.isStored, isStored, name);
    const salt = Buffer.from(done.salt, "hex");
    const sha256 = (block: Uint8Array) => createHash("sha256").update(salt).update(block).digest("hex");
    const levels: Buffer[] = done.levels.map(digestsOf);
    const root = Buffer.alloc(4096);
    root.set(levels[0]!);
    assert.is(sha256(root), done.rootHash, name);
    assert.is(sha256(bytes.subarray(4096, 8192)), levels.at(-1)!.subarray(32, 64).toString("hex"), name);
  }
});

test("two hash trees lead to the first block that differs, as an explanation does", async (visit) => {
  const changed = Buffer.from(noise(1000 * 4096, 3));
  const plain = scratchFile("plain", changed);
  const served: Record<string, Uint8Array> = { "/plain": readFileSync(plain) };
  for (const block of [0, 127, 128, 700, 999]) {
    const copy = Buffer.from(changed);
    copy[block * 4096 + 9]! ^= 4;
    copy[999 * 4096 + 1]! ^= 4;
    served[`/${block}`] = copy;
  }
  const salted = scratchFile("salted", served["/128"]!);
  await createHashTree(salted, { salt: noise(7) });
  served["/salted"] = readFileSync(salted);
  const page = await visit.open(await bundled(PAGE, served));
  for (const block of [0, 127, 128, 700, 999]) {
    const { done } = JSON.parse(await call<string>(page, "compareTrees", "/plain", `/${block}`));
    const { first, differingBlocks } = await explainDifference(plain, scratchFile("other", served[`/${block}`]!));
    assert.is(done.block, first!.block);
    assert.is(done.differingData, differingBlocks);
    assert.is(done.path.at(-1).index, Math.floor(block / 128));
  }
  const same = JSON.parse(await call<string>(page, "compareTrees", "/plain", "/plain"));
  assert.equal([same.done.block, same.done.differingData, same.done.path], [undefined, 0, []]);
  const other = JSON.parse(await call<string>(page, "compareTrees", "/plain", "/salted"));
  assert.is(other.done.block, 128, "the tree that has another salt is computed anew");
});

disks.run();
