/** What differs around two disks: containers that are not the same, or say other things of the same disk. */
import { equalBytes, firstDifference } from "../bytes.ts";
import type { Disk } from "../disk-core.ts";
import type { RandomAccess } from "../random-access.ts";
import { compareAccounts } from "./account.ts";
import type { ContainerDifference } from "./explanation.ts";
import { type ImageView, Structure } from "./image-view.ts";

const PIECE_SIZE = 1024 * 1024;

/**
 * @param sameDisks  whether what is in them is the same: otherwise it is no wonder that they differ too
 * @returns nothing where they are alike, or where there are none
 */
export function compareContainers(
  views: readonly [ImageView, ImageView],
  disks: readonly [Disk, Disk],
  sameDisks: boolean,
): ContainerDifference | undefined {
  const [a, b] = [disks[0].container, disks[1].container];
  if (a !== b) return { a, b, fields: [] };
  if (a === "raw" || !sameDisks) return undefined;
  const byte = firstDifferingByte(views[0].file, views[1].file);
  if (byte === undefined) return undefined;
  const [ofA, ofB] = views.map((view) => (a === "vhd" ? view.account(Structure.VhdFooter, 0) : undefined));
  return { a, b, byte, fields: ofA && ofB ? compareAccounts(ofA, ofB) : [] };
}

function firstDifferingByte(a: RandomAccess, b: RandomAccess): number | undefined {
  const common = Math.min(a.size, b.size);
  const [ofA, ofB] = [new Uint8Array(PIECE_SIZE), new Uint8Array(PIECE_SIZE)];
  for (let at = 0; at < common; at += PIECE_SIZE) {
    const length = Math.min(PIECE_SIZE, common - at);
    const [pieceA, pieceB] = [ofA.subarray(0, length), ofB.subarray(0, length)];
    a.read(at, pieceA);
    b.read(at, pieceB);
    if (!equalBytes(pieceA, pieceB)) return at + firstDifference(pieceA, pieceB);
  }
  return a.size === b.size ? undefined : common;
}
