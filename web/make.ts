/** Has the library make what was ordered. */
import {
  ErrorCode,
  ImageError,
  type Progress,
  type RootfsLayer,
  type StoreConvertOptions,
  type Stored,
  type StoreRootfsOptions,
} from "../build/src/web.js";
import { fileNameOf, type Made } from "./made.ts";
import type { CimLayer } from "./make-cim.ts";
import { filesystemOf, isShaped, type Order, ownerOf } from "./order.ts";
import { kiln } from "./stored.ts";
import type { Subject } from "./subject.ts";

export interface Watched {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** @throws ImageError  and nothing else, but for the reason of `watched.signal` */
export async function make(subject: Subject, order: Order, watched: Watched): Promise<Made> {
  const begun = performance.now();
  const name = fileNameOf(subject, order);
  const made = await makeFile(subject, order, { title: name, ...watched });
  return { ...made, name, seconds: (performance.now() - begun) / 1000 };
}

type MadeFile = Omit<Made, "name" | "seconds">;
type Titled = Watched & { readonly title: string };

async function makeFile(subject: Subject, order: Order, watched: Titled): Promise<MadeFile> {
  switch (order.make) {
    case "cim":
      return makeCim(subject, order, watched);
    case "disk":
      return makeDisk(subject, order, watched);
    case "rootfs":
      return taken(await (await kiln()).makeRootfs(rootfsLayers(subject), rootfsOptions(order, watched)));
    case "layer":
      return makeLayer(subject, order, watched);
  }
}

async function makeDisk(subject: Subject, { container, verity }: Order, watched: Titled): Promise<MadeFile> {
  if (subject.kind !== "disk") throw nothingToMake();
  return taken(await (await kiln()).convertDisk(subject.file, { container, verity, ...watched }));
}

async function makeLayer(subject: Subject, order: Order, watched: Titled): Promise<MadeFile> {
  const { file, expected } = layerOf(subject, order);
  const options = { ...convertOptions(order, watched), ...(expected && { expected }) };
  const stored = await (await kiln()).convert(file, options);
  return { ...taken(stored), keptWhiteouts: order.whiteouts === "keep" ? stored.result.whiteouts : 0 };
}

function taken<Result extends { readonly size: number }>({ file, result, isNew, release }: Stored<Result>): MadeFile {
  return { ...result, file, isFromStore: !isNew, release };
}

function rootfsLayers(subject: Subject): RootfsLayer[] {
  if (subject.kind === "layers") return subject.layers.map(({ name, file }) => ({ name, source: file }));
  if (subject.kind !== "archive") throw nothingToMake();
  return subject.image.layers.map(({ source, digest, diffId }) => ({ source, diffId, ...(digest && { digest }) }));
}

function layerOf(subject: Subject, { layer }: Order): { file: Blob; expected?: StoreConvertOptions["expected"] } {
  if (subject.kind === "layers") return { file: subject.layers[layer]!.file };
  if (subject.kind !== "archive") throw nothingToMake();
  const { source, digest, diffId } = subject.image.layers[layer]!;
  return { file: source, expected: { diffId, ...(digest && { digest }) } };
}

function convertOptions(order: Order, watched: Titled): StoreConvertOptions {
  const { profile, whiteouts, container, verity, inline, convertSlash } = order;
  const filesystem = isShaped(order) && { filesystem: filesystemOf(order) };
  return { profile, whiteouts, container, verity, inline, convertSlash, ...filesystem, ...watched };
}

function rootfsOptions(order: Order, watched: Titled): StoreRootfsOptions {
  const { container, verity, inline } = order;
  const owner = ownerOf(order);
  return { container, verity, inline, filesystem: filesystemOf(order), ...(owner && { owner }), ...watched };
}

async function makeCim(subject: Subject, { layer }: Order, { title, ...watched }: Titled): Promise<MadeFile> {
  const { makeCimOf } = await import("./make-cim.ts");
  const name = title.replace(/\.cim\.tar$/, "");
  const { blob, ...result } = await makeCimOf(cimLayers(subject, layer), name, watched);
  return { ...result, file: blob!, size: blob!.size, isFromStore: false };
}

/** Up to the one that is meant. Of layers by themselves, nobody said that they belong together. */
function cimLayers(subject: Subject, index: number): CimLayer[] {
  if (subject.kind === "layers") return [{ source: subject.layers[index]!.file }];
  if (subject.kind !== "archive") throw nothingToMake();
  return subject.image.layers.slice(0, index + 1);
}

function nothingToMake(): ImageError {
  return new ImageError(ErrorCode.Internal, "page: there is nothing of that kind to be made of it");
}
