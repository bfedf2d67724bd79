/** The page's workers: made when they are needed, one kept for the next call, ended on request. */
import type { ArgumentOf, OperationName, ResultOf } from "./operations.ts";
import { Room } from "./room.ts";
import { startWorker } from "./start-worker.ts";
import { forget } from "./web-source.ts";
import type { CallOptions, WorkerLink } from "./worker-link.ts";

/** For calls that run side by side: more of them than there are processors only take memory. A server may load us too. */
const room = new Room(globalThis.navigator?.hardwareConcurrency || 2);

/** Kept for who comes next. */
let idle: WorkerLink | undefined;
const busy = new Set<WorkerLink>();

/**
 * Runs an operation in a worker that has nothing else to do.
 *
 * @throws ImageError  what the operation throws; Unavailable if there can be no worker; Internal if it ends before its time
 * @throws             the reason of `options.signal`
 */
export async function callWorker<Name extends OperationName>(
  name: Name,
  argument: ArgumentOf<Name>,
  options: CallOptions = {},
): Promise<ResultOf<Name>> {
  try {
    await room.enter(options.signal);
    try {
      const worker = new LeasedWorker();
      try {
        return await worker.call(name, argument, options);
      } finally {
        worker.release();
      }
    } finally {
      room.leave();
    }
  } finally {
    forget(options.transfer ?? []);
  }
}

/** A worker that is the holder's alone until it is given back: what was opened in one is known there only. */
export class LeasedWorker {
  readonly #link: WorkerLink;

  /** @throws ImageError  Unavailable if there can be no worker */
  constructor() {
    this.#link = idle?.isAlive ? idle : startWorker();
    idle = undefined;
    busy.add(this.#link);
  }

  /** As `callWorker`, at once. Calls may overlap; the worker is at one of them at a time. */
  async call<Name extends OperationName>(
    name: Name,
    argument: ArgumentOf<Name>,
    options?: CallOptions,
  ): Promise<ResultOf<Name>> {
    return (await this.#link.call(name, argument, options)) as ResultOf<Name>;
  }

  /** Gives it back. Nothing may be open in it any more. */
  release(): void {
    if (!busy.delete(this.#link)) return;
    if (idle === undefined && this.#link.isAlive) idle = this.#link;
    else this.#link.end();
  }
}

/** Ends all workers, and gives back their memory. What they are at fails; what is asked for after that has new ones. */
export function endWorkers(): void {
  for (const link of busy) link.end();
  idle?.end();
  idle = undefined;
}
