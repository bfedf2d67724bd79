/** Of damaged images archives are made, or none, soon, and never by an Internal error. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffImages, ErrorCode, exportImage, ImageError } from "../src/index.ts";
import { imageTrialOf } from "./fuzz/image-trial.ts";

const fuzz = suite("fuzz: archives");

const TRIALS = 50;
const PARTS = 6;
/** Milliseconds. On a machine with much else to do. */
const SOON = 10_000;

/** Takes an archive and keeps nothing of it. */
class Target {
  state: "open" | "committed" | "discarded" = "open";
  #end = 0;

  write(at: number, bytes: Uint8Array): void {
    if (this.state !== "open") throw new Error(`write to a target that is ${this.state}`);
    if (at !== this.#end) throw new Error(`write at ${at}, where ${this.#end} comes next`);
    this.#end += bytes.length;
  }

  commit(size: number): void {
    if (size !== this.#end || size % 512 !== 0) throw new Error(`commit of ${size} bytes of ${this.#end}`);
    this.state = "committed";
  }

  discard(): void {
    this.state = "discarded";
  }
}

/** @returns whether an archive was made; @throws Error  if what came of it must not be */
async function attempt(make: (target: Target) => Promise<unknown>): Promise<boolean> {
  const target = new Target();
  const start = performance.now();
  try {
    await make(target);
    assert.is(target.state, "committed");
    return true;
  } catch (error) {
    if (!(error instanceof ImageError) || error.code === ErrorCode.Internal) throw error;
    assert.is(target.state, "discarded");
    return false;
  } finally {
    assert.ok(performance.now() - start < SOON);
  }
}

for (let part = 0; part < PARTS; part++) {
  const first = part * TRIALS;
  fuzz(`images ${first} to ${first + TRIALS - 1} are exported and compared, or refused`, async () => {
    const made = [0, 0];
    for (let number = first; number < first + TRIALS; number++) {
      const { bytes, verify } = imageTrialOf(number);
      const other = imageTrialOf(number + 1);
      try {
        if (await attempt((target) => exportImage(bytes, target, { verify }))) made[0]!++;
        if (await attempt((target) => diffImages(bytes, other.bytes, target, { verify }))) made[1]!++;
      } catch (error) {
        assert.unreachable(`trial ${number}: ${(error as Error).stack}`);
      }
    }
    // Damage that never matters, or always, would test nothing.
    assert.ok(made[0]! > TRIALS / 10 && made[0]! < TRIALS, `${made[0]} exported`);
    assert.ok(made[1]! > 0 && made[1]! < TRIALS, `${made[1]} compared`);
  });
}

fuzz.run();
