/** An image file that another program cuts short while it is read: said, with where it ends now. */
import { truncateSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openRandomAccess } from "../../src/host/image/image-source.ts";
import { OpenImage } from "../../src/host/open-image.ts";
import { ErrorCode } from "../../src/index.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile } from "../fixtures/scratch.ts";

const SIZE = 8192;
const CUT = 5000;
const bytes = noise(SIZE, 1);

const short = suite("files that become shorter");

short("an image read by position", async () => {
  const path = scratchFile("image", bytes);
  const file = openRandomAccess(path);
  const into = new Uint8Array(4096);
  file.read(4096, into);
  assert.ok(Buffer.from(into).equals(bytes.subarray(4096)));
  truncateSync(path, CUT);
  const error = await rejects((async () => file.read(4096, into))(), ErrorCode.FailedPrecondition);
  assert.is(error.message, `${path}: became shorter while it was read`);
  file.close?.();
});

short("a disk, or a hash tree's image", async () => {
  const path = scratchFile("disk", bytes);
  const file = await OpenImage.open(path);
  const into = new Uint8Array(4096);
  file.read(4096, into);
  assert.ok(Buffer.from(into).equals(bytes.subarray(4096)));
  truncateSync(path, CUT);
  const error = await rejects((async () => file.read(4096, into))(), ErrorCode.Corrupt);
  assert.is(error.message, `${path}: ends at ${CUT}, and had ${SIZE} bytes`);
  await file.close();
});

short.run();
