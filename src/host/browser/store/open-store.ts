/** Opens the store of finished images. */
import { ErrorCode, ImageError } from "../../errors.ts";
import { count } from "../../values.ts";
import { ImageStore } from "./image-store.ts";
import { Shelf } from "./shelf.ts";

export interface StoreOptions {
  /** Stores of other names share nothing. Letters, digits, dashes. Default: "images". */
  name?: string;

  /** Bytes that all images may have. Default: 4 GiB, or half of what the browser lets the origin have, if that is less. */
  maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 4 * 1024 ** 3;

/**
 * Opens the store; several tabs may have it open. What tabs have left behind that were killed is removed.
 *
 * Whether the browser may remove all of it when it runs out of room is between it and the page: `navigator.storage.persist()`.
 *
 * @throws ImageError  Unavailable, where there is no room for files of ours, as in some browsers' private windows; InvalidArgument
 */
export async function openStore({ name = "images", maxBytes }: StoreOptions = {}): Promise<ImageStore> {
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new ImageError(ErrorCode.InvalidArgument, `store: "${name}" is not a name of letters, digits and dashes`);
  }
  const most = count("maxBytes", maxBytes, 0);
  if (!navigator.storage?.getDirectory || !navigator.locks || !globalThis.indexedDB) {
    throw new ImageError(
      ErrorCode.Unavailable,
      "store: takes a recent browser, and a page of https or of this machine",
    );
  }
  try {
    const shelf = new Shelf(name, maxBytes === undefined ? await defaultMaxBytes() : most);
    await shelf.sweep();
    return new ImageStore(shelf);
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new ImageError(ErrorCode.Unavailable, `store: this browser keeps no files for this page: ${words}`, error);
  }
}

async function defaultMaxBytes(): Promise<number> {
  const { quota = Number.POSITIVE_INFINITY } = await navigator.storage.estimate();
  return Math.min(DEFAULT_MAX_BYTES, Math.floor(quota / 2));
}
