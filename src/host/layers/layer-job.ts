/** One layer of a container image becomes an image: what is to be done, as plain data that can go to another thread. */
import type { ConvertResult } from "../conversion.ts";
import type { ConvertOptions } from "../convert.ts";
import { convert } from "../convert.ts";
import type { FileRange } from "../file-range.ts";
import type { ImageSink } from "../image-sink.ts";

/** Of ConvertOptions, those that threads can be told. */
export type JobOptions = Omit<ConvertOptions, "platform" | "signal" | "onProgress">;

export interface LayerJob {
  readonly source: FileRange;

  /** Where the image goes; it is not kept if there is none. */
  readonly path?: string;
  readonly options: JobOptions;
}

/** What is heard of a job while it runs. */
export type Watched = Pick<ConvertOptions, "signal" | "onProgress">;

/** Takes what is not kept. */
const NOWHERE: ImageSink = { write() {}, commit() {} };

export function runLayerJob({ source, path, options }: LayerJob, watched: Watched): Promise<ConvertResult> {
  return convert(source, path ?? NOWHERE, { ...options, ...watched });
}
