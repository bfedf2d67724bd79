/** The same by the command line. */
import { formatPlatform } from "../build/src/host/oci/image-platform.js";
import type { Container } from "../build/src/web.js";
import { fileNameOf } from "./made.ts";
import { isShaped, type Order } from "./order.ts";
import type { ArchiveSubject, Subject } from "./subject.ts";

const CONTAINER_FLAGS: Record<Container, string[]> = {
  raw: [],
  vhd: ["--vhd"],
  "vhd-dynamic": ["--vhd-dynamic"],
  vhdx: ["--vhdx"],
};

/** @returns undefined where there is no command for it: of layers without a container image, or one layer of one */
export function commandOf(subject: Subject, order: Order): string | undefined {
  const words = wordsOf(subject, order);
  return words && ["layerkiln", ...words.map(quoted)].join(" ");
}

function wordsOf(subject: Subject, order: Order): string[] | undefined {
  const output = ["-o", path(fileNameOf(subject, order))];
  const layer = subject.kind === "layers" ? subject.layers[order.layer] : undefined;
  if (order.make === "disk" && subject.kind === "disk") {
    return [
      "disk",
      path(subject.name),
      ...output,
      ...CONTAINER_FLAGS[order.container],
      ...flag("verity", order.verity),
    ];
  }
  if (order.make === "rootfs" && subject.kind === "archive") {
    return [
      "rootfs",
      path(subject.name),
      ...output,
      ...choiceFlags(subject),
      ...imageFlags(order),
      ...ownerFlags(order),
    ];
  }
  if (order.make === "layer" && layer)
    return ["ext4", path(layer.name), ...output, ...layerFlags(order), ...imageFlags(order)];
  if (order.make === "cim" && layer) return ["cim", path(layer.name), "-o", ".", "--name", cimNameOf(subject, order)];
  return undefined;
}

function cimNameOf(subject: Subject, order: Order): string {
  return fileNameOf(subject, order).replace(/\.cim\.tar$/, "");
}

/** What tells the chosen image from the others. */
function choiceFlags({ images, chosen }: ArchiveSubject): string[] {
  const image = images[chosen];
  const candidates = images.filter(({ kind }) => kind === "image");
  if (image === undefined || candidates.length < 2) return [];
  return ["--reference", image.digest, ...(image.platform ? ["--platform", formatPlatform(image.platform)] : [])];
}

function layerFlags({ profile, whiteouts, convertSlash }: Order): string[] {
  return [
    ...value("profile", profile, "modern"),
    ...value("whiteouts", whiteouts, "keep"),
    ...flag("convert-slash", convertSlash),
  ];
}

function imageFlags(order: Order): string[] {
  const shape = isShaped(order)
    ? [
        ...(order.room === "fit" ? [] : [`--${order.room}`, order.bytes]),
        ...flag("journal", order.journal),
        ...flag("read-only", order.readOnly),
        ...value("label", order.label, ""),
        ...value("uuid", order.uuid, ""),
        ...value("block-size", order.blockSize, "4096"),
      ]
    : [];
  const inline = order.make === "layer" ? flag("inline", order.inline) : [];
  return [...inline, ...shape, ...flag("verity", order.verity), ...CONTAINER_FLAGS[order.container]];
}

const ownerFlags = ({ owner }: Order): string[] => value("owner", owner, "");
const flag = (name: string, isSet: boolean): string[] => (isSet ? [`--${name}`] : []);
const value = (name: string, text: string, otherwise: string): string[] =>
  text === otherwise ? [] : [`--${name}`, text];

/** A name that is no flag, whatever it begins with. */
const path = (name: string): string => (name.startsWith("-") ? `./${name}` : name);

/** What a terminal would obey when it is pasted, and what does not look like what it is. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** As a shell takes it for one word. */
function quoted(word: string): string {
  if (/^[\w./:@=,+-]+$/.test(word)) return word;
  if (word.search(UNSEEN) < 0) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${word.replace(/[\\']/g, "\\$&").replace(UNSEEN, inHex)}'`;
}

const encoder = new TextEncoder();
const inHex = (character: string): string =>
  Array.from(encoder.encode(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
