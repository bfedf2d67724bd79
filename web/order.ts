/** What is to be made of what was dropped: as the form has it, and as the library takes it. */
import { parseBytes } from "../build/src/host/cli/byte-count.js";
import type { Container, FilesystemOptions, Profile } from "../build/src/web.js";
import type { Subject } from "./subject.ts";

/** All layers as one filesystem; one layer as an image or a CIM; a disk in another kind of file. */
export type Make = "rootfs" | "layer" | "cim" | "disk";

/** Text is as it was typed. */
export interface Order {
  readonly make: Make;

  /** Which of the layers, from the lowest. */
  readonly layer: number;
  readonly profile: Profile;
  readonly whiteouts: "keep" | "overlay";
  readonly container: Container;
  readonly verity: boolean;
  readonly readOnly: boolean;
  readonly journal: boolean;
  readonly room: "fit" | "free" | "size";
  readonly bytes: string;
  readonly label: string;
  readonly uuid: string;
  readonly blockSize: "4096" | "2048" | "1024";
  readonly owner: string;
  readonly inline: boolean;
  readonly convertSlash: boolean;
}

export type Problems = { readonly [Name in keyof Order]?: string };

const PLAIN: Omit<Order, "make"> = {
  layer: 0,
  profile: "modern",
  whiteouts: "keep",
  container: "raw",
  verity: false,
  readOnly: false,
  journal: false,
  room: "fit",
  bytes: "1G",
  label: "",
  uuid: "",
  blockSize: "4096",
  owner: "",
  inline: false,
  convertSlash: false,
};

/** What can be made of it; what most people want comes first. Of two disks, or a CIM: nothing. */
export function makesOf(subject: Subject): readonly Make[] {
  switch (subject.kind) {
    case "layers":
      return subject.layers.length === 1 ? ["layer", "rootfs", "cim"] : ["rootfs", "layer", "cim"];
    case "archive":
      if (subject.image.layers.length === 0) return ["rootfs"];
      return subject.image.config.os === "windows" ? ["cim", "layer"] : ["rootfs", "layer"];
    case "disk":
      return ["disk"];
    case "cim":
    case "pair":
      return [];
  }
}

export function orderOf(subject: Subject): Order {
  const make = makesOf(subject)[0] ?? "disk";
  // The CIM of the highest layer shows all of the image.
  const layer = make === "cim" && subject.kind === "archive" ? subject.image.layers.length - 1 : 0;
  return { ...PLAIN, make, layer };
}

/** What is wrong, by the field that it stands in. */
export function problemsOf(order: Order): Problems {
  return {
    ...(isShaped(order) && order.room !== "fit" && said("bytes", bytesProblem(order.bytes))),
    ...(isShaped(order) && said("label", labelProblem(order.label))),
    ...(isShaped(order) && order.uuid !== "" && said("uuid", uuidProblem(order.uuid))),
    ...(order.make === "rootfs" && order.owner !== "" && said("owner", ownerProblem(order.owner))),
  };
}

/** Whether it makes a filesystem that can be given a shape. */
export function isShaped({ make, profile }: Order): boolean {
  return make === "rootfs" || (make === "layer" && profile === "modern");
}

export function filesystemOf(order: Order): FilesystemOptions {
  const { room, bytes, label, uuid } = order;
  return {
    journal: order.journal,
    readOnly: order.readOnly,
    ...(label && { label }),
    ...(uuid && { uuid }),
    ...(room !== "fit" && { [room]: parseBytes(bytes) }),
    ...(order.blockSize !== "4096" && { blockSize: Number(order.blockSize) as 1024 | 2048 }),
  };
}

export function ownerOf({ owner }: Pick<Order, "owner">): { uid: number; gid: number } | undefined {
  const [, uid, gid] = OWNER.exec(owner) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

const OWNER = /^(\d{1,10}):(\d{1,10})$/;
/** The greatest that ext4 has room for; the one above it stands for nobody. */
const MAX_ID = 2 ** 32 - 2;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_LABEL = 16; // bytes

function said(name: keyof Order, problem: string | undefined): Problems {
  return problem === undefined ? {} : { [name]: problem };
}

function bytesProblem(text: string): string | undefined {
  try {
    parseBytes(text);
    return undefined;
  } catch (error) {
    return `“${text}” ${(error as Error).message}`;
  }
}

function labelProblem(label: string): string | undefined {
  const { length } = new TextEncoder().encode(label);
  return length > MAX_LABEL ? `has ${length} bytes; at most ${MAX_LABEL} fit` : undefined;
}

function uuidProblem(uuid: string): string | undefined {
  return UUID.test(uuid) ? undefined : "is not a UUID, such as 01234567-89ab-cdef-0123-456789abcdef";
}

function ownerProblem(owner: string): string | undefined {
  const ids = ownerOf({ owner });
  if (ids === undefined) return "is not a user and a group in numbers, such as 1000:1000";
  return Math.max(ids.uid, ids.gid) > MAX_ID ? `is past the greatest id, ${MAX_ID}` : undefined;
}
