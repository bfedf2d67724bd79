/** A key of a registry hive as JSON. */
import type { HiveKey, HiveValue } from "../hive/hive.ts";

export function keyToJson(path: readonly string[], key: HiveKey) {
  const { className, security, layer, inheritsClass, flags, userFlags, handle } = key;
  return {
    path: path.join("\\"),
    lastWritten: formatFileTime(key.lastWritten),
    flags,
    ...(userFlags !== 0 && { userFlags }),
    ...(handle !== 0 && { handle }),
    ...(className !== "" && { class: className }),
    ...(layer !== "merge" && { layer }),
    ...(inheritsClass && { inheritsClass }),
    security: Buffer.from(security).toString("base64"),
    values: key.values().map(valueToJson),
  };
}

function valueToJson({ name, type, data, isTombstone }: HiveValue) {
  return isTombstone ? { name, deleted: true } : { name, type, data: Buffer.from(data).toString("base64") };
}

const TICKS_PER_SECOND = 10_000_000n;
/** Seconds from 1601 to 1970. */
const EPOCH = 11_644_473_600n;

/** @returns the time to the tick; null: none was noted */
function formatFileTime(time: bigint): string | null {
  if (time === 0n) return null;
  const seconds = time / TICKS_PER_SECOND - EPOCH;
  const ticks = (time % TICKS_PER_SECOND).toString().padStart(7, "0");
  return new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, `.${ticks}Z`);
}
