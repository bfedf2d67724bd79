/** zlib's own format as the core reads it: what is inside is gunzip.test.ts's, here is what is around it. */
import { execFileSync } from "node:child_process";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Codec } from "../../assembly/abi.ts";
import { ErrorCode, ImageError } from "../../src/index.ts";
import { inflateByZlib, inflateInCore } from "../fixtures/gzip.ts";
import { noise, random } from "../fixtures/random.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { rejects } from "../fixtures/rejects.ts";
import { times } from "../fixtures/runs.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { damage } from "../fuzz/damage-stream.ts";
import { missing, type Oracle, present } from "../oracles/oracle.ts";

const layer = realisticTar(400);

const unzlib = (bytes: Uint8Array, size?: number): Promise<Buffer> => inflateInCore(bytes, size, Codec.Zlib);

/** The core says of `bytes` what zlib says. @returns what it holds, or the core's message */
async function agree(bytes: Uint8Array, size?: number): Promise<Buffer | string> {
  const expected = inflateByZlib(bytes, zlib.inflateSync);
  const found = await unzlib(bytes, size).catch((error: unknown) => {
    if (!(error instanceof ImageError)) throw error;
    assert.is(ErrorCode[error.code], error.message.includes("dictionary") ? "Unsupported" : "Corrupt", error.message);
    return error.message;
  });
  if (typeof found === "string") assert.is(expected, undefined, `zlib takes it: ${found}`);
  else assert.ok(expected !== undefined && found.equals(expected), "zlib finds other bytes, or refuses it");
  return found;
}

const valid = suite("unzlib: what is sound");

valid("levels and windows, whatever the pieces, and zeros behind it", async () => {
  for (let level = 0; level <= 9; level++) {
    for (let windowBits = 9; windowBits <= 15; windowBits++) {
      const packed = zlib.deflateSync(layer.subarray(0, 300_000), { level, windowBits });
      assert.ok((await unzlib(packed, 40_099)).equals(layer.subarray(0, 300_000)));
    }
  }
  const padded = Buffer.concat([zlib.deflateSync(layer), Buffer.alloc(700_000)]);
  assert.ok((await unzlib(padded)).equals(layer));
});

valid("of every length up to 600, and of the largest bytes by the million, whose sums overflow first", async () => {
  const bytes = noise(600);
  for (let length = 0; length <= bytes.length; length++) {
    assert.ok((await unzlib(zlib.deflateSync(bytes.subarray(0, length)))).equals(bytes.subarray(0, length)));
  }
  for (const level of [0, 9]) {
    const largest = Buffer.alloc(3_000_001, 0xff);
    assert.ok((await unzlib(zlib.deflateSync(largest, { level }))).equals(largest));
  }
});

const pigz: Oracle = { name: "pigz", missing: missing("pigz", "pigz") };
if (present(pigz, valid)) {
  valid("pigz -z, at its levels and over threads", async () => {
    const some = layer.subarray(0, 300_000);
    const path = scratchFile("layer", some);
    for (const words of [
      ...Array.from({ length: 10 }, (_, level) => [`-${level}`]),
      ["-11"],
      ["-p", "4", "-b", "32"],
    ]) {
      const packed = execFileSync("pigz", ["-z", "-c", ...words, path], { maxBuffer: 1 << 30 });
      for (const size of [512 * 1024, 777]) assert.ok((await unzlib(packed, size)).equals(some), words.join(" "));
    }
  });
}

/** Streams one behind another in a file, each behind its length. */
const PACK = `
import sys, struct, zlib
data = open(sys.argv[1], "rb").read()
for level in range(-1, 10):
    for bits in range(9, 16):
        packer = zlib.compressobj(level, zlib.DEFLATED, bits)
        packed = packer.compress(data) + packer.flush()
        sys.stdout.buffer.write(struct.pack(">I", len(packed)) + packed)
`;

const python: Oracle = { name: "python3", missing: missing("python3", "python3") };
if (present(python, valid)) {
  valid("python's zlib, at all levels, with all windows", async () => {
    const some = layer.subarray(0, 100_000);
    const packed = execFileSync("python3", ["-c", PACK, scratchFile("layer", some)], {
      cwd: scratchFolder(),
      maxBuffer: 1 << 30,
    });
    let count = 0;
    for (let at = 0; at < packed.length; at += 4 + packed.readUInt32BE(at), count++) {
      assert.ok((await unzlib(packed.subarray(at + 4, at + 4 + packed.readUInt32BE(at)))).equals(some));
    }
    assert.is(count, 11 * 7);
  });
}

valid.run();

const judged = suite("unzlib: what is refused");

judged("first two bytes of any method, window and flags are judged as zlib judges them", async () => {
  const whole = zlib.deflateSync("content");
  let sound = 0;
  for (let header = 0; header < 0x10000; header += 31) {
    if (((header >> 8) & 0xf) < 7 || ((header >> 8) & 0xf) > 9) continue; // other methods
    for (const wrong of [0, 1]) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt16BE(header + wrong);
      if (typeof (await agree(bytes)) !== "string") sound++;
    }
  }
  assert.is(sound, 8 * 4); // windows, levels
});

judged("a dictionary is Unsupported, and what is behind the stream Corrupt, with where", async () => {
  const asks = zlib.deflateSync(layer, { dictionary: layer.subarray(0, 100) });
  assert.match((await rejects(unzlib(asks), ErrorCode.Unsupported)).message, /^zlib: at byte 1: .*dictionary/);
  const whole = zlib.deflateSync("content");
  for (const behind of [Buffer.from("more"), whole, Buffer.from("\0\0more")]) {
    const bytes = Buffer.concat([whole, behind]);
    const at = whole.length + behind.findIndex((byte) => byte !== 0);
    for (const size of [bytes.length, 1]) {
      assert.is(await agree(bytes, size), `zlib: at byte ${at}: data behind the end of the stream`);
    }
  }
});

judged("that breaks off, anywhere: refused, with where it ends", async () => {
  const whole = zlib.deflateSync(layer.subarray(0, 3000));
  for (let length = 0; length < whole.length; length++) {
    for (const size of [512 * 1024, 1]) {
      assert.is(await agree(whole.subarray(0, length), size), `zlib: ends at byte ${length}, before its data does`);
    }
  }
});

judged("each single bit that is turned: the right bytes or an error", async () => {
  const squares = Buffer.from(Array.from({ length: 200 }, (_, i) => `${i * i}\n`).join(""));
  for (const level of [0, 1, 9]) {
    const packed = zlib.deflateSync(squares, { level });
    let taken = 0;
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const damaged = Buffer.from(packed);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const found = await agree(damaged);
      if (typeof found === "string") continue;
      assert.ok(found.equals(squares), `bit ${bit}: wrong bytes`);
      taken++;
    }
    assert.ok(taken < 20, `${taken} bits do not matter`);
  }
});

judged("any damage is judged as zlib judges it, in the same words whatever the pieces", async () => {
  const contents = fc.tuple(fc.nat(20_000), fc.nat(2 ** 20), fc.boolean());
  const options = fc.record({ level: fc.nat(9), windowBits: fc.integer({ min: 9, max: 15 }), strategy: fc.nat(4) });
  await fc.assert(
    fc.asyncProperty(
      contents,
      options,
      fc.nat(2 ** 30),
      fc.integer({ min: 1, max: 40 }),
      async (content, how, seed, size) => {
        const [length, from, isNoise] = content;
        const bytes = isNoise ? noise(length, from) : layer.subarray(from % layer.length).subarray(0, length);
        const packed = zlib.deflateSync(bytes, how);
        const pieces = Math.max(size, Math.ceil(packed.length / 500));
        assert.ok(Buffer.from(bytes).equals((await agree(packed, pieces)) as Buffer));
        const damaged = damage(packed, random(seed));
        const found = await agree(damaged, pieces);
        if (typeof found === "string") assert.is(await agree(damaged), found);
      },
    ),
    times(200),
  );
});

judged.run();
