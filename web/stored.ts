/** Conversions, by way of the store of finished images where the browser has room for one, and without it elsewhere. */
import {
  convert,
  convertDisk,
  ErrorCode,
  type ImageStore,
  isError,
  makeRootfs,
  openStore,
  type Stored,
} from "../build/src/web.js";

/** The same calls, whether there is a store or not. */
export type Kiln = Pick<ImageStore, "convert" | "makeRootfs" | "convertDisk">;

let opened: Promise<ImageStore | undefined> | undefined;

/** @returns undefined where the browser keeps no files for pages, as in some private windows */
export function store(): Promise<ImageStore | undefined> {
  opened ??= openStore().catch((error: unknown) => {
    if (isError(error, ErrorCode.Unavailable)) return undefined;
    throw error;
  });
  return opened;
}

export async function kiln(): Promise<Kiln> {
  return (await store()) ?? WITHOUT;
}

const WITHOUT: Kiln = {
  convert: async (source, { title, ...options } = {}) => unkept(title, await convert(source, "blob", options)),
  makeRootfs: async (layers, { title, ...options } = {}) => unkept(title, await makeRootfs(layers, "blob", options)),
  convertDisk: async (image, { title, ...options } = {}) => unkept(title, await convertDisk(image, "blob", options)),
};

function unkept<Result extends { readonly blob?: Blob }>(title = "", made: Result): Stored<Result> {
  const file = new File([made.blob!], title);
  return { id: "", file, result: made, isNew: true, release: async () => {} };
}
