/** Finds out what was dropped. */
import {
  cimPartsOf,
  ErrorCode,
  ImageError,
  isError,
  type ListedImage,
  listContainerImages,
  openContainerImage,
} from "../build/src/web.js";
import { type Kind, recognise } from "./recognise.ts";
import type { ArchiveSubject, DroppedFile, DroppedLayer, LayersSubject, Subject } from "./subject.ts";

/** @throws ImageError  if they make no sense, alone or together */
export async function look(files: readonly DroppedFile[]): Promise<Subject> {
  const kinds = await Promise.all(files.map(({ file }) => recognise(file)));
  const [first] = files;
  if (first === undefined) throw new ImageError(ErrorCode.InvalidArgument, "there is no file in what was dropped");
  if (kinds.every((kind) => kind === "disk")) return ofDisks(files);
  const cim = kinds.indexOf("cim");
  if (cim >= 0) return { kind: "cim", name: files[cim]!.name, parts: cimPartsOf(files.map(asFile)) };
  if (files.length === 1 && kinds[0] === "archive") return ofArchive(first);
  const other = kinds.findIndex((kind) => kind === "disk" || kind === "archive");
  if (other >= 0) {
    const what = kinds[other] === "disk" ? "a disk image" : "an archive of container images";
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `${files[other]!.name}: is ${what}, and is not a layer like the others`,
    );
  }
  return ofLayers(files, kinds);
}

/** Under the name that it was dropped with. */
function asFile({ name, file }: DroppedFile): File {
  return file instanceof File && file.name === name ? file : new File([file], name);
}

function ofDisks(files: readonly DroppedFile[]): Subject {
  const [a, b, ...more] = files;
  if (more.length > 0) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `${files.length} disk images: one is looked into, two are compared`,
    );
  }
  return b ? { kind: "pair", a: a!, b } : { kind: "disk", ...a! };
}

function ofLayers(files: readonly DroppedFile[], kinds: readonly Kind[]): LayersSubject {
  const layers = files.map(({ name, file }, index): DroppedLayer => ({ name, file, kind: kinds[index]! }));
  return { kind: "layers", layers };
}

async function ofArchive({ name, file }: DroppedFile): Promise<Subject> {
  const images = await listContainerImages(file);
  const chosen = images.findIndex(({ layers, platform }) => layers && isOfThisKind(platform));
  const first = chosen >= 0 ? chosen : images.findIndex(({ layers }) => layers);
  if (first < 0) throw new ImageError(ErrorCode.NotFound, `${name}: there is no image in it that can be opened`);
  return chooseImage({ name, file }, images, first);
}

/** Linux on what most machines are; the others are a choice away. */
function isOfThisKind(platform: ListedImage["platform"]): boolean {
  return platform?.os === "linux" && platform.architecture === "amd64";
}

/** Opens the image that is meant. @throws ImageError  if it cannot be */
export async function chooseImage(
  { name, file }: DroppedFile,
  images: readonly ListedImage[],
  chosen: number,
): Promise<ArchiveSubject> {
  const image = await openContainerImage(file, { reference: images[chosen]!.digest });
  return { kind: "archive", name, file, images, chosen, image };
}

/** The same layers in another order. */
export function withMoved(subject: LayersSubject, from: number, to: number): LayersSubject {
  const layers = [...subject.layers];
  layers.splice(to, 0, ...layers.splice(from, 1));
  return { ...subject, layers };
}

/** What to do about a failure, where that can be told. */
export function adviceOf(error: unknown, subject?: Subject): string | undefined {
  if (isError(error, ErrorCode.Corrupt)) {
    return subject?.kind === "layers" && subject.layers.some(({ kind }) => kind === "unknown")
      ? "It does not begin as a tar, gzip or zstd file does. Is it the file that you meant?"
      : "The file breaks its own format. It may have been cut off or changed on its way: fetch it again, and compare its digest.";
  }
  if (isError(error, ErrorCode.Unsupported)) return "The file may be sound, but this is not handled here.";
  if (isError(error, ErrorCode.FailedPrecondition))
    return "What the sentence names has to be put right first. If it is room: delete disks that are kept in this browser.";
  if (isError(error, ErrorCode.OutOfRange)) return "A limit would be passed. The sentence above names it.";
  if (isError(error, ErrorCode.Unavailable))
    return "This browser lacks a part that is needed. Another one, or the command line, may have it.";
  if (isError(error, ErrorCode.Internal))
    return "This is a fault of layerkiln’s own. Please report it, with the sentence above.";
  if (isError(error, ErrorCode.InvalidArgument)) return "Change what is asked for, and try again.";
  return undefined;
}
