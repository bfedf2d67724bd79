/** Images that are checked and exported in a page. */
import {
  type CheckOptions,
  checkImage,
  cimPartsOf,
  type ExportOptions,
  exportImage,
  ImageError,
  type WebImageSource,
} from "../../../build/src/web.js";

/** @param paths  of an image, or of all files of a CIM */
async function sourceOf(paths: readonly string[]): Promise<WebImageSource> {
  const files = await Promise.all(paths.map(fetched));
  return files.length === 1 ? files[0]! : cimPartsOf(files);
}

async function fetched(path: string): Promise<File> {
  return new File([await (await fetch(path)).arrayBuffer()], path.slice(path.lastIndexOf("/") + 1));
}

/** JSON of the result, or `code: message`. */
export async function check(paths: readonly string[], options?: CheckOptions): Promise<string> {
  return tell(async () => checkImage(await sourceOf(paths), options));
}

/** JSON of the result, or `code: message`; with the digest of the archive. */
export async function exported(paths: readonly string[], options?: ExportOptions): Promise<string> {
  return tell(async () => {
    const { blob, ...result } = await exportImage(await sourceOf(paths), "blob", options);
    return { ...result, archive: await sha256(blob!) };
  });
}

/** The same into a file of the origin's. */
export async function exportedToFile(paths: readonly string[]): Promise<string> {
  const root = await navigator.storage.getDirectory();
  const file = await root.getFileHandle("export.tar", { create: true });
  return tell(async () => {
    const result = await exportImage(await sourceOf(paths), file);
    return { ...result, archive: await sha256(await file.getFile()) };
  });
}

/** How far a check and an export said they were. */
export async function progress(paths: readonly string[]): Promise<{ check: number[]; exported: number[] }> {
  const said = { check: [] as number[], exported: [] as number[] };
  await checkImage(await sourceOf(paths), { onProgress: (done) => said.check.push(done) });
  const onProgress = ({ bytesRead }: { bytesRead: number }) => said.exported.push(bytesRead);
  await exportImage(await sourceOf(paths), "blob", { onProgress });
  return said;
}

/** Ends both as soon as they begin. @returns what they rejected with */
export async function aborted(paths: readonly string[]): Promise<string[]> {
  const source = await sourceOf(paths);
  const ended = async (work: (signal: AbortSignal) => Promise<unknown>): Promise<string> => {
    const controller = new AbortController();
    const outcome = work(controller.signal).then(
      () => "done",
      (reason: Error) => reason.message,
    );
    setTimeout(() => controller.abort(new Error("enough")), 5);
    return outcome;
  };
  return [
    await ended((signal) => checkImage(source, { signal })),
    await ended((signal) => exportImage(source, "blob", { signal })),
  ];
}

async function tell(work: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work(), plain);
  } catch (error) {
    const { code, message } = error as ImageError;
    return `${error instanceof ImageError ? code : "not ours"}: ${message}`;
  }
}

/** Bytes and large numbers as JSON has them. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  return typeof value === "bigint" ? String(value) : value;
}

async function sha256(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
