/** A blob as it comes, on a disk that fails. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BlobPart } from "../../src/host/oci/blob-part.ts";
import { digestOf } from "../fixtures/oci-image.ts";
import { noise } from "../fixtures/random.ts";
import { scratchFolder } from "../fixtures/scratch.ts";

const test = suite("oci: a part of a blob");

/** Has the disk take `length` bytes, and then no more, while `work` runs. */
function onFullDisk(length: number, work: () => void): void {
  const { writeSync } = fs;
  let room = length;
  fs.writeSync = ((file: number, bytes: Uint8Array, from: number, count: number = bytes.length - from, at?: number) => {
    if (room === 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    const some = Math.min(count, room);
    room -= some;
    return writeSync(file, bytes, from, some, at);
  }) as typeof writeSync;
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  }
}

test("goes on where it counts, whatever a write that failed has left", async () => {
  const folder = scratchFolder();
  const bytes = noise(3000);
  const blob = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
  const whole = join(folder, "whole");
  const lock = { path: join(folder, "lock"), release() {} };
  const part = await BlobPart.open({ path: join(folder, "part"), whole, blob, lock }, undefined);
  part.write(bytes.subarray(0, 1000));
  onFullDisk(100, () => assert.throws(() => part.write(bytes.subarray(1000, 2000)), "no space left on the disk"));
  assert.is(part.size, 1000);
  part.write(bytes.subarray(1000));
  assert.is(part.digest, blob.digest);
  await part.commit();
  part.release();
  assert.is(digestOf(fs.readFileSync(whole)), blob.digest);
});

test.run();
