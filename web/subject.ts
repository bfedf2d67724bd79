/** What was dropped, once it is known what it is. */
import type { ContainerImage, ListedImage, WebCimParts } from "../build/src/web.js";
import type { Kind } from "./recognise.ts";

export interface DroppedFile {
  readonly name: string;
  readonly file: Blob;

  /** Tells the store, if the file is one of its own, that nobody needs it any more. */
  readonly release?: () => Promise<void>;
}

export interface DroppedLayer extends DroppedFile {
  readonly kind: Kind;
}

/** Layers by themselves, the lowest first. */
export interface LayersSubject {
  readonly kind: "layers";
  readonly layers: readonly DroppedLayer[];
}

/** An archive of container images, and the one of them that is meant. */
export interface ArchiveSubject extends DroppedFile {
  readonly kind: "archive";
  readonly images: readonly ListedImage[];

  /** Of `images`. */
  readonly chosen: number;
  readonly image: ContainerImage;
}

export interface DiskSubject extends DroppedFile {
  readonly kind: "disk";
}

/** The files of a CIM. */
export interface CimSubject {
  readonly kind: "cim";
  readonly name: string;
  readonly parts: WebCimParts;
}

/** Two disk images, to be compared. */
export interface PairSubject {
  readonly kind: "pair";
  readonly a: DroppedFile;
  readonly b: DroppedFile;
}

export type Subject = LayersSubject | ArchiveSubject | DiskSubject | CimSubject | PairSubject;

/** What the whole of it is called. */
export function nameOf(subject: Subject): string {
  switch (subject.kind) {
    case "layers":
      return subject.layers.length === 1 ? subject.layers[0]!.name : `${subject.layers.length} layers`;
    case "pair":
      return `${subject.a.name} and ${subject.b.name}`;
    default:
      return subject.name;
  }
}
