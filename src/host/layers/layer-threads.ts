/** Jobs over threads, each with a core of its own. The first that fails ends all of them. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type { ConvertResult } from "../conversion.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { type LayerJob, runLayerJob, type Watched } from "./layer-job.ts";
import type { WorkerMessage } from "./layer-worker.ts";

/** Written so that bundlers that know threads find the file. */
const ENTRY = new URL("./layer-worker.js", import.meta.url);

/**
 * Runs all jobs, at most `threads` at a time; with one of them, or where a bundle has come without the file that threads
 * run, in this one.
 *
 * @param onProgress  told the bytes read of all jobs together
 * @returns what each gave, in their order
 * @throws JobFailure  the first; or the reason of the signal
 */
export async function runJobs(
  jobs: readonly LayerJob[],
  threads: number,
  { signal, onProgress }: Watched,
): Promise<ConvertResult[]> {
  const bytesRead = jobs.map(() => 0);
  const totalBytes = jobs.reduce((sum, { source }) => sum + source.size, 0);
  const watch = (index: number) => (bytes: number) => {
    bytesRead[index] = bytes;
    onProgress?.({ bytesRead: bytesRead.reduce((sum, each) => sum + each, 0), totalBytes });
  };
  const queue = largestFirst(jobs);
  const count = Math.min(threads, jobs.length);
  if (count <= 1 || !existsSync(fileURLToPath(ENTRY))) return runHere(jobs, signal, watch);

  const { Worker } = await import("node:worker_threads");
  const results: ConvertResult[] = new Array(jobs.length);
  const workers = Array.from({ length: count }, () => new LayerThread(new Worker(ENTRY)));
  try {
    await unlessAborted(
      signal,
      Promise.all(
        workers.map(async (worker) => {
          for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
            results[index] = await worker.run(jobs[index]!, index, watch(index));
          }
        }),
      ),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
  }
  return results;
}

/** The last to begin should be a short one: the others wait for it. */
function largestFirst(jobs: readonly LayerJob[]): number[] {
  return jobs.map((_, index) => index).sort((a, b) => jobs[b]!.source.size - jobs[a]!.source.size);
}

async function runHere(
  jobs: readonly LayerJob[],
  signal: AbortSignal | undefined,
  watch: (index: number) => (bytes: number) => void,
): Promise<ConvertResult[]> {
  const results: ConvertResult[] = [];
  for (const [index, job] of jobs.entries()) {
    const tell = watch(index);
    try {
      const watched = {
        ...(signal && { signal }),
        onProgress: ({ bytesRead }: { bytesRead: number }) => tell(bytesRead),
      };
      results.push(await runLayerJob(job, watched));
    } catch (error) {
      if (signal?.aborted) throw error;
      throw error instanceof ImageError ? new JobFailure(index, error.code, error.message) : error;
    }
  }
  return results;
}

/** A thread, and the job that it is at. */
class LayerThread {
  readonly #worker: Worker;
  #tell: (message: WorkerMessage) => void = () => {};
  /** Why it can do no more. */
  #failure: WorkerMessage | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    const fail = (message: string) => {
      this.#failure ??= { kind: "failed", code: ErrorCode.Internal, message };
      this.#tell(this.#failure);
    };
    worker.on("message", (message: WorkerMessage) => this.#tell(message));
    worker.on("error", (error) => fail(error.message));
    worker.on("exit", () => fail("its thread has ended"));
  }

  run(job: LayerJob, index: number, onBytes: (bytes: number) => void): Promise<ConvertResult> {
    return new Promise((resolve, reject) => {
      this.#tell = (message) => {
        if (message.kind === "progress") this.#tellProgress(() => onBytes(message.bytesRead), reject);
        else if (message.kind === "done") resolve(message.result);
        else reject(new JobFailure(index, message.code, message.message));
      };
      if (this.#failure) this.#tell(this.#failure);
      else this.#worker.postMessage(job);
    });
  }

  /** What the caller's function throws ends the run, as where there are no threads. */
  #tellProgress(tell: () => void, reject: (error: unknown) => void): void {
    try {
      tell();
    } catch (error) {
      reject(toImageError("onProgress", error));
    }
  }

  async end(): Promise<void> {
    this.#tell = () => {};
    await this.#worker.terminate();
  }
}

/** A job failed: which, for who knows what it is of. */
export class JobFailure extends Error {
  constructor(
    readonly index: number,
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}
