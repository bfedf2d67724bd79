/** What was made, and what it is called. */
import type { Container } from "../build/src/web.js";
import type { Order } from "./order.ts";
import type { Subject } from "./subject.ts";

export interface Made {
  readonly name: string;
  readonly file: Blob;

  /** Bytes. */
  readonly size: number;
  readonly entries?: number;

  /** Marks of deleted files that were kept as files. */
  readonly keptWhiteouts?: number;
  readonly diffId?: string;
  readonly rootHash?: string;
  readonly hashOffset?: number;
  readonly seconds: number;

  /** It was there already, from the same bytes and options. */
  readonly isFromStore: boolean;

  /** Tells the store that nobody needs the file any more. */
  readonly release?: () => Promise<void>;
}

const ENDINGS: Record<Container, string> = { raw: ".ext4", vhd: ".vhd", "vhd-dynamic": ".vhd", vhdx: ".vhdx" };
const OF_INPUTS = /\.(?:tar|tgz|tzst|tar\.\w+|ext[234]|img|raw|vhdx?|gz|zst|layer)$/i;

/** A real name for the file: that of what was dropped, with the ending of what was made. */
export function fileNameOf(subject: Subject, order: Order): string {
  const name = baseOf(subject, order).replace(OF_INPUTS, "") || "disk";
  if (order.make === "cim") return `${name}.cim.tar`;
  const made = name + (order.make === "disk" && order.container === "raw" ? ".img" : ENDINGS[order.container]);
  return subject.kind === "disk" && made === subject.name ? `new-${made}` : made;
}

function baseOf(subject: Subject, { make, layer }: Order): string {
  switch (subject.kind) {
    case "layers":
      return make === "rootfs" && subject.layers.length > 1 ? "rootfs" : (subject.layers[layer]?.name ?? "layer");
    case "archive": {
      const name = subject.name.replace(OF_INPUTS, "");
      return make === "rootfs" ? name : `${name}-layer-${layer + 1}`;
    }
    case "disk":
    case "cim":
      return subject.name;
    case "pair":
      return "difference";
  }
}
