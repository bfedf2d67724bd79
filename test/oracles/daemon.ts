/** A program that serves until it is told to end, and may be killed and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

export interface DaemonOptions {
  readonly program: string;
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Whether it answers. */
  readonly isReady: () => Promise<boolean>;
}

/** Milliseconds. Bounds against hangs. */
const START = 30_000;
const END = 30_000;
const LOOK = 50;

export class Daemon {
  /** What it wrote to standard error, in all its lives. */
  log = "";
  #process: ChildProcess | undefined;

  constructor(private readonly options: DaemonOptions) {}

  get pid(): number {
    return this.#process!.pid!;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { program, words, environment, isReady } = this.options;
    const started = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"], env: environment });
    started.stderr.setEncoding("utf8").on("data", (text) => {
      this.log += text;
    });
    this.#process = started;
    for (let waited = 0; waited < START; waited += LOOK) {
      if (started.exitCode !== null) throw new Error(`${program} ended with ${started.exitCode}: ${this.log}`);
      if (await isReady()) return;
      await sleep(LOOK);
    }
    throw new Error(`${program} does not answer within ${START} ms`);
  }

  /** @returns its exit code; null if a signal ended it */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) {
      return running?.exitCode ?? null;
    }
    const ended = once(running, "exit");
    running.kill(signal);
    const timer = setTimeout(() => running.kill("SIGKILL"), END);
    await ended;
    clearTimeout(timer);
    return running.exitCode;
  }
}
