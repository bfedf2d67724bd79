/** Outside readers: programs that share no code with us, and what happens where one is missing. */
import { spawnSync } from "node:child_process";
import type { suite } from "uvu";
import * as assert from "uvu/assert";

export interface Oracle {
  name: string;
  /** Why it cannot be asked here, or nothing. */
  missing: string | undefined;
}

/**
 * Whether `tests` may ask `oracle`. The one rule for all of them: on a user's machine a missing oracle is a skip said
 * aloud, in CI a failure.
 *
 *     if (present(qemuImg, vhd)) vhd("qemu reads back the same size", …);
 */
export function present(oracle: Oracle, tests: ReturnType<typeof suite>): boolean {
  if (oracle.missing === undefined) return true;
  if (process.env.CI) tests(`${oracle.name} is here, as it must be in CI`, () => assert.unreachable(oracle.missing));
  else {
    console.log(`  skipped: ${oracle.missing}`);
    tests.skip();
  }
  return false;
}

/** Why a program cannot be run: what an oracle made of it has for `missing`. */
export function missing(program: string, debianPackage: string, version = "--version"): string | undefined {
  if (run(program, [version]).error === undefined) return undefined;
  return `${program} is not installed (Debian: apt-get install ${debianPackage})`;
}

export interface Answer {
  status: number | null;
  stdout: string;
  stderr: string;
  error?: Error;
}

/** A program that does not end is a failure of its test, not of the whole run. */
const LONGEST_MILLISECONDS = 600_000;

/** Runs a program to its end. Its words are English, and those of administrators are found too. */
export function run(program: string, args: string[], input = ""): Answer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "latin1",
    env: { ...process.env, LC_ALL: "C", PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    input,
    maxBuffer: 1 << 30,
    timeout: LONGEST_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  return error === undefined ? { status, stdout, stderr } : { status, stdout, stderr, error };
}

/** As `run`, for a program that must say yes. */
export function ask(program: string, args: string[], input = ""): string {
  const { status, stdout, stderr, error } = run(program, args, input);
  if (error !== undefined || status !== 0) {
    const asked = args.map((arg) => (arg.length > 80 ? `${arg.slice(0, 80).trim()}…` : arg)).join(" ");
    throw new Error(`${program} ${asked}: ${error?.message ?? `exit ${status}: ${stderr || stdout}`}`);
  }
  return stdout;
}
