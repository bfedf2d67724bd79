/** Hash trees of images that are there: made as veritysetup makes them, verified as it verifies. */
import { execFileSync } from "node:child_process";
import { linkSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type CreateTreeOptions,
  convertDisk,
  createHashTree,
  ErrorCode,
  isError,
  readHashTree,
  verifyHashTree,
  verityTable,
} from "../src/index.ts";
import { edgeTar } from "./fixtures/edge.ts";
import { makeImage } from "./fixtures/image.ts";
import { needing } from "./fixtures/needing.ts";
import { noise } from "./fixtures/random.ts";
import { rejects } from "./fixtures/rejects.ts";
import { scratchFile, scratchPath } from "./fixtures/scratch.ts";
import { present } from "./oracles/oracle.ts";
import { veritysetup } from "./oracles/veritysetup.ts";

const BLOCK = 4096;
const UUID = "12345678-9abc-4def-8123-456789abcdef";

/** Data of which every third block is zeros. */
function dataOf(blocks: number): Buffer {
  const data = Buffer.from(noise(blocks * BLOCK, 7));
  for (let block = 1; block < blocks; block += 3) data.fill(0, block * BLOCK, (block + 1) * BLOCK);
  return data;
}

const trees = suite("hash trees");

/** Salts at which the digest takes another way: around its steps of 64 bytes, and where its padding needs one more. */
const SALTS: [why: string, salt: Uint8Array][] = [
  ["none", new Uint8Array()],
  ["one byte", noise(1)],
  ["hcsshim's", new Uint8Array(32)],
  ["the padding just fits", noise(55)],
  ["the padding takes a step more", noise(56)],
  ["a step less a byte", noise(63)],
  ["a step", noise(64)],
  ["a step and a byte", noise(65)],
  ["whole steps", noise(128)],
  ["the longest", noise(256)],
];

/** Counts of data blocks at which the tree changes its shape. */
const COUNTS = [1, 2, 127, 128, 129, 16_384, 16_385];

if (present(veritysetup, trees)) {
  const hexOrDash = (salt: Uint8Array): string => (salt.length === 0 ? "-" : Buffer.from(salt).toString("hex"));

  async function assertSame(blocks: number, salt: Uint8Array): Promise<void> {
    const data = dataOf(blocks);
    const image = scratchFile("image", data);
    const { rootHash, hashOffset, dataBlocks } = await createHashTree(image, { salt, uuid: UUID });
    assert.is(dataBlocks, blocks);
    assert.is(hashOffset, data.length);

    const theirs = scratchFile("theirs", data);
    const flags = [`--salt=${hexOrDash(salt)}`, `--uuid=${UUID}`, `--data-blocks=${blocks}`];
    assert.is(veritysetup.tree([...flags, `--hash-offset=${data.length}`], theirs, theirs), rootHash);
    const whole = readFileSync(image);
    const made = readFileSync(theirs);
    assert.ok(made.equals(whole.subarray(0, made.length)), "to the byte");
    assert.ok(
      whole.subarray(made.length).every((byte) => byte === 0),
      "and nothing behind it",
    );
    assert.ok((await verifyHashTree(theirs, rootHash, { hashOffset: data.length })).verified);
  }

  for (const [why, salt] of SALTS) {
    trees(`with a salt of ${salt.length} bytes are veritysetup's to the byte: ${why}`, async () => {
      for (const blocks of [1, 2, 130]) await assertSame(blocks, salt);
    });
  }

  for (const blocks of COUNTS) {
    trees(`over ${blocks} blocks are veritysetup's to the byte`, () => assertSame(blocks, noise(33)));
  }

  trees("in a file of their own, with and without a superblock, are veritysetup's to the byte", async () => {
    const data = dataOf(300);
    const image = scratchFile("image", data);
    for (const superblock of [true, false]) {
      for (const hashOffset of [0, 8 * BLOCK]) {
        const hashFile = scratchPath("ours");
        const salt = noise(20);
        const { rootHash } = await createHashTree(image, { hashFile, hashOffset, superblock, salt, uuid: UUID });
        const theirs = scratchFile("theirs", new Uint8Array());
        const flags = [`--salt=${hexOrDash(salt)}`, `--hash-offset=${hashOffset}`];
        flags.push(superblock ? `--uuid=${UUID}` : "--no-superblock");
        assert.is(veritysetup.tree(flags, image, theirs), rootHash);
        assert.ok(readFileSync(theirs).equals(readFileSync(hashFile).subarray(0, statSync(theirs).size)));
        const verify = { hashFile, hashOffset, superblock, ...(!superblock && { salt }) };
        assert.ok((await verifyHashTree(image, rootHash, verify)).verified);
        assert.is((await readHashTree(image, verify)).rootHash, rootHash);
        assert.ok(readFileSync(image).equals(data), "and the image is left alone");
      }
    }
  });

  trees("of which a bit is turned are refused by veritysetup and by us, and we name the block", async () => {
    const data = dataOf(1000);
    const good = scratchFile("good", data);
    const { rootHash, hashOffset } = await createHashTree(good);
    assert.ok(veritysetup.accepts([`--hash-offset=${hashOffset}`], good, good, rootHash));
    assert.equal(await verifyHashTree(good, rootHash), { verified: true, dataBlocks: 1000 });

    const faults: [at: number, of: "data" | "tree", block: number][] = [
      [0, "data", 0],
      [30 * BLOCK + 17, "data", 30],
      [31 * BLOCK, "data", 31],
      [999 * BLOCK + 4095, "data", 999],
      [hashOffset! + BLOCK, "tree", 0],
      [hashOffset! + 2 * BLOCK, "tree", 1],
      [hashOffset! + 9 * BLOCK - 1, "tree", 7],
    ];
    for (const [at, of, block] of faults) {
      const bytes = readFileSync(good);
      bytes[at]! ^= 0x20;
      const bad = scratchFile("bad", bytes);
      assert.equal(await verifyHashTree(bad, rootHash), { verified: false, dataBlocks: 1000, bad: { of, block } });
      assert.not.ok(veritysetup.accepts([`--hash-offset=${hashOffset}`], bad, bad, rootHash), `${of} ${block}`);
    }
    const other = rootHash.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    assert.equal((await verifyHashTree(good, other)).bad, { of: "tree", block: 0 });
  });

  trees("that veritysetup made at any place and with any salt are verified", async () => {
    const data = dataOf(200);
    for (const hashOffset of [200 * BLOCK, 200 * BLOCK + 512, 203 * BLOCK + 3584]) {
      const image = scratchFile("theirs", data);
      const flags = ["--data-blocks=200", `--hash-offset=${hashOffset}`];
      const rootHash = veritysetup.tree(flags, image, image);
      assert.ok((await verifyHashTree(image, rootHash, { hashOffset })).verified);
      const { hashStartBlock, ...read } = await readHashTree(image, { hashOffset });
      assert.is(read.rootHash, rootHash);
      const fields = veritysetup.dump(image, hashOffset);
      assert.is(fields.get("Salt"), read.salt);
      assert.is(fields.get("UUID"), read.uuid);
      assert.is(hashStartBlock, Math.ceil((hashOffset + 512) / BLOCK));
    }
  });

  trees("of algorithms, types and blocks that are not read are Unsupported by name", async () => {
    const data = dataOf(16);
    const kinds: [flags: string[], says: RegExp][] = [
      [["--hash=sha512"], /"sha512"/],
      [["--hash=sha1"], /"sha1"/],
      [["--format=0"], /hash type 0/],
      [["--data-block-size=1024"], /1024 bytes of data/],
      [["--hash-block-size=512"], /512 of hashes/],
    ];
    for (const [flags, says] of kinds) {
      const image = scratchFile("image", data);
      const hashFile = scratchFile("hashes", new Uint8Array());
      const rootHash = veritysetup.tree(flags, image, hashFile);
      const padded = rootHash.padEnd(64, "0").slice(0, 64);
      assert.match((await rejects(verifyHashTree(image, padded, { hashFile }), ErrorCode.Unsupported)).message, says);
    }
  });
}

trees("of a converted image are found at its end, whatever container it lies in", async () => {
  const { image, result } = await makeImage(edgeTar("v7"), { verity: true });
  const raw = scratchFile("image", image);
  for (const container of ["raw", "vhd", "vhd-dynamic", "vhdx"] as const) {
    const path = scratchPath(container);
    await convertDisk(raw, path, { container });
    const { rootHash, hashOffset } = await readHashTree(path);
    assert.equal([rootHash, hashOffset], [result.rootHash, result.hashOffset]);
    assert.ok((await verifyHashTree(path, rootHash)).verified);
  }
});

trees("are made with a disk that goes into another container", async () => {
  const raw = scratchFile("image", dataOf(700));
  const path = scratchPath("disk.vhdx");
  const { rootHash, hashOffset } = await convertDisk(raw, path, { container: "vhdx", verity: true });
  assert.is(hashOffset, 700 * BLOCK);
  assert.ok((await verifyHashTree(path, rootHash!)).verified);
});

trees("that are not there are computed, and are then what `create` makes", async () => {
  const image = scratchFile("image", dataOf(140));
  const { rootHash, hashOffset, salt } = await readHashTree(image);
  assert.equal([hashOffset, salt], [undefined, "00".repeat(32)]);
  const copy = scratchPath("copy");
  const made = await createHashTree(image, { target: copy });
  assert.is(made.rootHash, rootHash);
  assert.is(statSync(image).size, 140 * BLOCK, "the image is left alone");
  assert.ok(
    readFileSync(copy)
      .subarray(0, 140 * BLOCK)
      .equals(readFileSync(image)),
  );
  assert.equal(await readHashTree(copy), made);
  await rejects(verifyHashTree(image, rootHash), ErrorCode.NotFound);
});

trees("have a table line as the device mapper takes it", async () => {
  const image = scratchFile("image", dataOf(140));
  const tree = await createHashTree(image, { salt: new Uint8Array() });
  assert.is(
    verityTable(tree, "/dev/loop0"),
    `0 1120 verity 1 /dev/loop0 /dev/loop0 4096 4096 140 141 sha256 ${tree.rootHash} -`,
  );
  const { hashOffset: _, hashStartBlock: __, ...computed } = tree;
  assert.throws(
    () => verityTable(computed, "a"),
    (error: unknown) => isError(error, ErrorCode.FailedPrecondition),
  );
});

/** What is refused, and must leave the image as it was. */
const REFUSED: [why: string, bytes: () => Uint8Array, options: CreateTreeOptions, code: ErrorCode][] = [
  ["not whole blocks", () => noise(BLOCK + 512), {}, ErrorCode.InvalidArgument],
  ["nothing", () => new Uint8Array(), {}, ErrorCode.InvalidArgument],
  ["a salt that is too long", () => noise(BLOCK), { salt: new Uint8Array(257) }, ErrorCode.InvalidArgument],
  ["a UUID that is none", () => noise(BLOCK), { uuid: "1234" }, ErrorCode.InvalidArgument],
  ["an offset within the data", () => noise(2 * BLOCK), { hashOffset: BLOCK }, ErrorCode.InvalidArgument],
  ["an offset within a block", () => noise(2 * BLOCK), { hashOffset: 2 * BLOCK + 512 }, ErrorCode.InvalidArgument],
  ["an offset that is no number", () => noise(2 * BLOCK), { hashOffset: Number.NaN }, ErrorCode.InvalidArgument],
  ["two files", () => noise(BLOCK), { hashFile: "a", target: "b" }, ErrorCode.InvalidArgument],
];

for (const [why, bytes, options, code] of REFUSED) {
  trees(`are not made of ${why}, and the image is as it was`, async () => {
    const image = scratchFile("image", bytes());
    await rejects(createHashTree(image, options), code);
    assert.ok(readFileSync(image).equals(bytes()));
  });
}

trees("are not made twice, nor appended to a container", async () => {
  const image = scratchFile("image", dataOf(10));
  const disk = scratchPath("disk.vhdx");
  await convertDisk(image, disk, { container: "vhdx" });
  assert.match(
    (await rejects(createHashTree(disk), ErrorCode.FailedPrecondition)).message,
    /disk IMAGE -o OUT --verity/,
  );
  const { rootHash } = await createHashTree(image);
  assert.match((await rejects(createHashTree(image), ErrorCode.AlreadyExists)).message, "40960");
  assert.ok((await verifyHashTree(image, rootHash)).verified);
});

trees("never take the place of the data, though the file of hashes be the image itself", async () => {
  const image = scratchFile("image", dataOf(10));
  const link = scratchPath("link");
  linkSync(image, link);
  for (const hashFile of [image, link]) {
    await rejects(createHashTree(image, { hashFile }), ErrorCode.InvalidArgument);
    assert.ok(readFileSync(image).equals(dataOf(10)));
  }
});

trees("without a superblock are refused with a salt that is too long", async () => {
  const image = scratchFile("image", dataOf(10));
  const bare = { hashOffset: 5 * BLOCK, superblock: false, salt: new Uint8Array(300) };
  await rejects(verifyHashTree(image, "00".repeat(32), bare), ErrorCode.InvalidArgument);
});

needing("a shell and the programs of Unix", trees)("that cannot be written to their end are not there at all", () => {
  const image = scratchFile("image", dataOf(3000));
  const before = readFileSync(image);
  const script = `import { createHashTree } from ${JSON.stringify(new URL("../src/index.js", import.meta.url).href)};
    await createHashTree(${JSON.stringify(image)}).then(() => process.exit(9), (error) => console.log(error.message));`;
  // The file may not grow past what its data and a part of the tree take: `ulimit -f` counts 512 bytes or 1 KiB.
  const limit = `ulimit -f $(( ${(before.length + 8 * BLOCK) / 1024} )); trap '' XFSZ; exec "$0" --input-type=module -e "$1"`;
  const told = execFileSync("bash", ["-c", limit, process.execPath, script], { encoding: "utf8" });
  assert.match(told, "largest file");
  assert.ok(readFileSync(image).equals(before));
});

trees("that a signal stops leave the image as it was", async () => {
  const image = scratchFile("image", dataOf(20));
  await createHashTree(image, { signal: AbortSignal.abort(new Error("enough")) }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, "enough"),
  );
  assert.is(statSync(image).size, 20 * BLOCK);
  const controller = new AbortController();
  const large = scratchFile("large", noise(64 * 2 ** 20));
  const stopped = createHashTree(large, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("stop")),
  });
  await stopped.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, "stop"),
  );
  assert.is(statSync(large).size, 64 * 2 ** 20);
});

/** Superblocks that lie. */
const LIES: [what: string, at: number, bytes: number[], code: ErrorCode][] = [
  ["signature", 0, [0], ErrorCode.Corrupt],
  ["version", 8, [2], ErrorCode.Unsupported],
  ["count of data blocks", 72 + 7, [0x10], ErrorCode.Corrupt],
  ["count of no data blocks", 72, [0, 0, 0, 0, 0, 0, 0, 0], ErrorCode.Corrupt],
  ["count of one data block more", 72, [201], ErrorCode.Corrupt],
  ["salt's length", 80, [1, 1], ErrorCode.Corrupt],
];

for (const [what, at, bytes, code] of LIES) {
  trees(`with a wrong ${what} are refused`, async () => {
    const image = scratchFile("image", dataOf(200));
    const { rootHash, hashOffset } = await createHashTree(image);
    const whole = readFileSync(image);
    whole.set(bytes, hashOffset! + at);
    writeFileSync(image, whole);
    await rejects(verifyHashTree(image, rootHash, { hashOffset: hashOffset! }), code);
    truncateSync(image, hashOffset! + BLOCK);
    await rejects(
      verifyHashTree(image, rootHash, { hashOffset: hashOffset! }),
      code === ErrorCode.Unsupported ? code : ErrorCode.Corrupt,
    );
  });
}

trees("are refused where a root hash is none", async () => {
  const image = scratchFile("image", dataOf(2));
  for (const text of ["", "00", "g".repeat(64)]) await rejects(verifyHashTree(image, text), ErrorCode.InvalidArgument);
});

trees.run();
