/** hash.wasm: SHA-256 of streams, where the host has no code of its own for it. One instance has one message at a time. */
import * as sha256 from "./bytes/sha256-stream";

/** Bytes that `update` takes at most. */
const INPUT_SIZE: u32 = 256 * 1024;

const buffer = memory.data(256 * 1024, 16);

/** Where the next bytes go, and where the digest comes. */
export function input(): usize {
  return buffer;
}

/** A message begins. */
export function start(): void {
  sha256.start();
}

/** Takes the first `length` bytes of `input`. */
export function update(length: u32): void {
  assert(length <= INPUT_SIZE);
  sha256.update(buffer, length);
}

/** Ends the message; its 32 bytes stand at `input`. */
export function digest(): void {
  sha256.digest(buffer);
}
