/** A thread that makes images of layers, one after another: what is run in it. */
import { parentPort } from "node:worker_threads";
import type { ConvertResult } from "../conversion.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { type LayerJob, runLayerJob } from "./layer-job.ts";

/** What a thread says of its job. Errors lose their class on the way from thread to thread. */
export type WorkerMessage =
  | { readonly kind: "progress"; readonly bytesRead: number }
  | { readonly kind: "done"; readonly result: ConvertResult }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string };

const tell = (message: WorkerMessage) => parentPort!.postMessage(message);

parentPort!.on("message", async (job: LayerJob) => {
  try {
    const onProgress = ({ bytesRead }: { readonly bytesRead: number }) => tell({ kind: "progress", bytesRead });
    tell({ kind: "done", result: await runLayerJob(job, { onProgress }) });
  } catch (error) {
    const code = error instanceof ImageError ? error.code : ErrorCode.Internal;
    tell({ kind: "failed", code, message: error instanceof Error ? error.message : String(error) });
  }
});
