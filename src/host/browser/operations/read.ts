/** Looks into images, disks and container images, as a worker runs them: the very ones of Node, with a browser's files. */
import { startDiskCore } from "../../disk-core.ts";
import { ErrorCode, ImageError } from "../../errors.ts";
import { explainIn } from "../../explain/explain.ts";
import type { Explanation } from "../../explain/explanation.ts";
import { ArchiveFiles } from "../../oci/archive-files.ts";
import type { Choice } from "../../oci/choose-image.ts";
import type { ContainerImage } from "../../oci/container-image.ts";
import { openFrom } from "../../oci/image-store.ts";
import { type ListedImage, listImages } from "../../oci/list-images.ts";
import { Turns } from "../../oci/turns.ts";
import { asOperation } from "../../operation.ts";
import { compareTreesOf, type TreeComparison } from "../../tree-comparison.ts";
import {
  type DiskTreeOptions,
  type HashTree,
  readTree,
  rootHashOf,
  type VerifyResult,
  verifyTree,
} from "../../verity-tree.ts";
import { nameOf, openBlob } from "../blob-access.ts";
import type { CallContext } from "../calls.ts";
import { ImageSession } from "../image-session.ts";
import { loadWasm } from "../wasm-files.ts";
import { asBlob, type WebFile, type WebImageSource } from "../web-image-source.ts";

/** The image that is open in this worker: whoever has the worker has one open at most. */
let session: ImageSession | undefined;

export interface OpenedSession {
  readonly format: "ext4" | "cim";

  /** Bytes of the file; of a CIM, of `<name>.cim`. */
  readonly size: number;
}

export async function openImage(
  { source, verify }: { readonly source: WebImageSource; readonly verify: boolean },
  { signal }: CallContext,
): Promise<OpenedSession> {
  return asOperation("openImage", signal, async () => {
    session = await ImageSession.open(source, verify);
    return session.about();
  });
}

/** What can be asked of an image that is open, and what comes of it. */
export type Questions = {
  [Name in Exclude<keyof ImageSession, "about" | "close">]: ImageSession[Name];
};

export interface Asked {
  readonly question: keyof Questions;
  readonly values: readonly unknown[];
}

export async function askImage({ question, values }: Asked, context: CallContext): Promise<unknown> {
  return asOperation("image", context.signal, async () => {
    if (session === undefined) throw new ImageError(ErrorCode.FailedPrecondition, "image: is closed");
    const answer = session[question] as (context: CallContext, ...values: readonly unknown[]) => unknown;
    return answer.call(session, context, ...values);
  });
}

export function closeImage(_nothing: undefined): void {
  session?.close();
  session = undefined;
}

export async function explainDifference(
  { a, b }: { readonly a: WebFile; readonly b: WebFile },
  { signal, onProgress }: CallContext,
): Promise<Explanation> {
  return asOperation("explain", signal, async () => {
    await loadWasm("reader.wasm", "disk.wasm", "archive.wasm");
    return explainIn([openBlob(await asBlob(a)), openBlob(await asBlob(b))], { signal, onProgress });
  });
}

/** Options that can be sent. */
export type SentTreeOptions = Omit<DiskTreeOptions, "signal" | "onProgress">;

export async function hashTree(
  { disk, options }: { readonly disk: WebFile; readonly options: SentTreeOptions },
  { signal, onProgress }: CallContext,
): Promise<HashTree> {
  return asOperation("verity", signal, async () => {
    await loadWasm("core.wasm", "disk.wasm");
    return readTree(await startDiskCore(openBlob(await asBlob(disk))), { ...options, signal, onProgress });
  });
}

export async function verifyHashTree(
  { disk, rootHash, options }: { readonly disk: WebFile; readonly rootHash: string; readonly options: SentTreeOptions },
  { signal, onProgress }: CallContext,
): Promise<VerifyResult> {
  return asOperation("verity", signal, async () => {
    const root = rootHashOf(rootHash);
    await loadWasm("disk.wasm");
    const blob = await asBlob(disk);
    return verifyTree(await startDiskCore(openBlob(blob)), nameOf(blob), root, { ...options, signal, onProgress });
  });
}

export async function compareHashTrees(
  { a, b }: { readonly a: WebFile; readonly b: WebFile },
  { signal, onProgress }: CallContext,
): Promise<TreeComparison> {
  return asOperation("verity", signal, async () => {
    await loadWasm("core.wasm", "disk.wasm");
    const open = async (file: WebFile) => startDiskCore(openBlob(await asBlob(file)));
    return compareTreesOf([await open(a), await open(b)], { signal, onProgress });
  });
}

export async function openContainerImage(
  { archive, choice }: { readonly archive: WebFile; readonly choice: Choice },
  { signal }: CallContext,
): Promise<ContainerImage> {
  return asOperation("openContainerImage", signal, async () => {
    await loadWasm();
    const turns = new Turns(signal);
    return openFrom(await openArchive(archive, turns), choice, turns);
  });
}

export async function listContainerImages(
  { archive }: { readonly archive: WebFile },
  { signal }: CallContext,
): Promise<ListedImage[]> {
  return asOperation("listContainerImages", signal, async () => {
    await loadWasm();
    const turns = new Turns(signal);
    return listImages(await openArchive(archive, turns), turns);
  });
}

async function openArchive(archive: WebFile, turns: Turns): Promise<ArchiveFiles> {
  const blob = await asBlob(archive);
  const file = openBlob(blob, "archive");
  const read = ({ position, size }: { readonly position: number; readonly size: number }) => {
    const bytes = new Uint8Array(size);
    file.read(position, bytes);
    return bytes;
  };
  return ArchiveFiles.open(file, nameOf(blob, "archive"), read, turns);
}
