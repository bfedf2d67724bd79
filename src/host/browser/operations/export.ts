/** Checks images, and makes archives of them, as a worker does: by the very code of Node, of a browser's files. */
import { type CheckResult, checkIn } from "../../image/check.ts";
import { type ExportOptions, type ExportResult, exportIn } from "../../image/export.ts";
import type { ImageSink } from "../../image-sink.ts";
import { asOperation } from "../../operation.ts";
import type { CallContext } from "../calls.ts";
import type { WebTarget, WithBlob } from "../conversions.ts";
import { intoWebTarget } from "../image-target.ts";
import { loadWasm } from "../wasm-files.ts";
import { openWebImage, type WebImageSource } from "../web-image-source.ts";
import type { Sent } from "./convert.ts";

export interface CheckArgument {
  readonly source: WebImageSource;
  readonly now?: number | undefined;
}

export async function checkImage(
  { source, now }: CheckArgument,
  { signal, onProgress }: CallContext,
): Promise<CheckResult> {
  return asOperation("check", signal, async () => {
    await loadWasm("reader.wasm", "cim-reader.wasm");
    const opened = await openWebImage(source);
    const { size } = opened.file;
    return checkIn(opened, {
      ...(now !== undefined && { now }),
      signal,
      onProgress: (done) => onProgress({ bytesRead: done * size, totalBytes: size }),
    });
  });
}

export interface ExportArgument {
  readonly source: WebImageSource;
  readonly target: WebTarget;
  readonly options: Sent<ExportOptions>;
}

export async function exportImage(
  { source, target, options }: ExportArgument,
  { signal, onProgress }: CallContext,
): Promise<ExportResult & WithBlob> {
  return asOperation("export", signal, async () => {
    await loadWasm("reader.wasm", "cim-reader.wasm", "archive.wasm", "cim-archive.wasm");
    const opened = await openWebImage(source); // good for more than once: to close a Blob is to forget what was read of it
    return intoWebTarget(target, (sink) =>
      exportIn(() => opened, onlyWritten(sink), { ...options, signal, onProgress }),
    );
  });
}

/** Who has opened it ends it. */
function onlyWritten(sink: ImageSink): ImageSink {
  return { write: (at, bytes) => sink.write(at, bytes), ready: () => sink.ready?.(), commit() {} };
}
