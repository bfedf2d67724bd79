/** What a Blob is known by, on Node. */
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fingerprint, SLICE } from "../../src/host/browser/fingerprint.ts";

const test = suite("browser: fingerprints");

const BYTES = new Uint8Array(2 * SLICE + 5).map((_, index) => index % 251);
const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
const SLICES = [0, 1, 2].map((index) => BYTES.slice(index * SLICE, (index + 1) * SLICE));

test("are the digest of the slices' digests", async () => {
  const fingerprint = new Fingerprint(BYTES.length);
  for (const slice of SLICES) fingerprint.add(slice);
  assert.is(await fingerprint.digest(), Buffer.from(sha256(Buffer.concat(SLICES.map(sha256)))).toString("hex"));
});

test("are of bytes that may be written over as soon as they were added", async () => {
  const [kept, reused] = [new Fingerprint(SLICE), new Fingerprint(SLICE)];
  const slice = SLICES[0]!.slice();
  kept.add(SLICES[0]!);
  reused.add(slice);
  slice.fill(0);
  assert.is(await reused.digest(), await kept.digest());
});

test("are none of what was read in part, the second time too", async () => {
  const fingerprint = new Fingerprint(BYTES.length);
  fingerprint.add(SLICES[0]!);
  assert.is(await fingerprint.digest(), undefined);
  for (const slice of SLICES.slice(1)) fingerprint.add(slice);
  assert.is.not(await fingerprint.digest(), undefined);
  fingerprint.restart();
  fingerprint.add(SLICES[0]!);
  assert.is(await fingerprint.digest(), undefined);
});

test.run();
