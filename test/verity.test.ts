/** The dm-verity tree behind an image: the one that veritysetup makes, and the root hash that hcsshim computes. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../src/index.ts";
import { edgeTar } from "./fixtures/edge.ts";
import { makeImage } from "./fixtures/image.ts";
import { noise } from "./fixtures/random.ts";
import { realisticTar } from "./fixtures/realistic.ts";
import { rejects } from "./fixtures/rejects.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { present } from "./oracles/oracle.ts";
import { veritysetup } from "./oracles/veritysetup.ts";

const BLOCK = 4096;

const verity = suite("verity");

verity("leaves the filesystem before it untouched", async () => {
  const { image, result } = await makeImage(edgeTar("v7"), { verity: true });
  const { image: plain } = await makeImage(edgeTar("v7"));
  assert.is(result.hashOffset, plain.length);
  assert.ok(image.subarray(0, plain.length).equals(plain));
});

verity("has a superblock without anything random", async () => {
  const { image, result } = await makeImage(edgeTar("v7"), { verity: true });
  const block = image.subarray(result.hashOffset, result.hashOffset! + BLOCK);
  assert.is(block.toString("latin1", 0, 8), "verity\0\0");
  assert.is(block.readUInt32LE(8), 1, "version");
  assert.is(block.readUInt32LE(12), 1, "hash type");
  assert.is(block.toString("latin1", 32, 64).replace(/\0+$/, ""), "sha256");
  assert.is(block.readUInt32LE(64), BLOCK);
  assert.is(block.readUInt32LE(68), BLOCK);
  assert.is(Number(block.readBigUInt64LE(72)) * BLOCK, result.hashOffset);
  assert.is(block.readUInt16LE(80), 32, "salt size");
  assert.ok(
    block.subarray(82).every((byte) => byte === 0),
    "a salt of zeros, and zeros to the end of the block",
  );
});

verity("has a UUID with the version and variant bits of one, told by its content", async () => {
  const id = async (name: string): Promise<Buffer> => {
    const { image, result } = await makeImage(edgeTar(name), { verity: true });
    return image.subarray(result.hashOffset! + 16, result.hashOffset! + 32);
  };
  const first = await id("v7");
  assert.ok(first.equals(await id("v7")));
  assert.not.ok(first.equals(await id("dup-empty")));
  assert.ok(first[6]! >> 4 >= 1 && first[6]! >> 4 <= 8, "version");
  assert.is(first[8]! >> 6, 2, "variant");
});

verity("has as its root hash the digest of the tree's first block, after 32 zero bytes of salt", async () => {
  const { image, result } = await makeImage(edgeTar("v7"), { verity: true });
  const top = image.subarray(result.hashOffset! + BLOCK, result.hashOffset! + 2 * BLOCK);
  assert.is(result.rootHash, createHash("sha256").update(Buffer.alloc(32)).update(top).digest("hex"));
});

verity("rejects bytes that are not whole blocks", async () => {
  await rejects(makeImage(noise(BLOCK + 512), { raw: true, verity: true }), ErrorCode.InvalidArgument);
  await rejects(makeImage(new Uint8Array(), { raw: true, verity: true }), ErrorCode.InvalidArgument);
});

/** Counts of data blocks at which the tree changes its shape, and how many blocks it then has. */
const SHAPES: [why: string, dataBlocks: number, hashBlocks: number][] = [
  ["no tree, the root hash is that of the block", 1, 0],
  ["one hash block, nearly empty", 2, 1],
  ["one hash block but for a digest", 127, 1],
  ["one full hash block", 128, 1],
  ["a second level", 129, 3],
  ["two levels, ends within a block", 1167, 11],
  ["two full levels", 16_384, 129],
  ["a third level", 16_385, 132],
];

if (present(veritysetup, verity)) {
  for (const [why, dataBlocks, hashBlocks] of SHAPES) {
    verity(`over ${dataBlocks} blocks is, to the byte, what veritysetup makes: ${why}`, async () => {
      const data = Buffer.concat([noise(dataBlocks * 100), Buffer.alloc(dataBlocks * (BLOCK - 100))]); // zeros for a good part
      const { image, result } = await makeImage(data, { raw: true, verity: true });
      assert.is(image.length, (dataBlocks + 1 + hashBlocks) * BLOCK);
      const path = scratchFile("data", data);
      const uuid = image.subarray(data.length + 16, data.length + 32).toString("hex");
      const dashed = uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
      assert.is(veritysetup.format(path, dataBlocks, dashed), result.rootHash);
      const theirs = readFileSync(path);
      assert.ok(theirs.equals(image.subarray(0, theirs.length)));
      assert.ok(image.subarray(theirs.length).every((byte) => byte === 0));
    });
  }

  verity("is accepted by veritysetup, and no longer once a bit of the data has changed", async () => {
    const { image, result } = await makeImage(realisticTar(200), { verity: true, whiteouts: "overlay" });
    assert.ok(veritysetup.verifies(scratchFile("good.img", image), result.hashOffset!, result.rootHash!));
    for (const at of [
      0,
      5000,
      Math.floor(result.hashOffset! / 2),
      result.hashOffset! - 1,
      result.hashOffset! + BLOCK,
    ]) {
      const broken = Buffer.from(image);
      broken[at]! ^= 0x10;
      const path = scratchFile("broken.img", broken);
      assert.not.ok(veritysetup.verifies(path, result.hashOffset!, result.rootHash!), `a bit at ${at}`);
    }
  });

  verity("is read by veritysetup from within a VHD", async () => {
    const { image, result } = await makeImage(edgeTar("v7"), { verity: true, vhd: true });
    const fields = veritysetup.dump(scratchFile("disk.vhd", image), result.hashOffset!);
    assert.is(fields.get("Hash algorithm"), "sha256");
    assert.is(fields.get("Salt"), "00".repeat(32));
    assert.is(Number(fields.get("Data blocks")) * BLOCK, result.hashOffset);
  });
}

verity.run();
