/** What a structure says, field by field, as the core tells it. */
import { textOf } from "../bytes.ts";
import { bytesOf } from "../hex.ts";
import { formatUuid } from "../image/inspection.ts";
import { printable } from "../image/name.ts";
import type { FieldDifference } from "./explanation.ts";

export interface Told {
  readonly field: string;

  /** As it is to be printed. */
  readonly value: string;
}

/** @param bytes  a name, a zero, a letter for the kind of value, the value, a zero; and so on */
export function parseAccount(bytes: Uint8Array): Told[] {
  const parts = textOf(bytes).split("\0").slice(0, -1);
  const told: Told[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    told.push({ field: parts[index]!, value: describe(parts[index + 1]!) });
  }
  return told;
}

function describe(value: string): string {
  const text = value.slice(1);
  if (value[0] === "t") return describeTime(text);
  if (value[0] === "s") return `"${printable(bytesIn(text))}"`;
  if (value[0] === "u") return formatUuid(bytesIn(text));
  return value[0] === "x" ? `0x${text}` : text;
}

function bytesIn(hex: string): Uint8Array {
  return bytesOf("account", hex, hex.length / 2);
}

/** Inodes have no times past 2446; superblocks have some up to the year 36812, which ISO 8601 writes as `+036812`. */
function describeTime(text: string): string {
  const [seconds, nanoseconds] = text.split(".") as [string, string];
  if (Number(seconds) === 0 && Number(nanoseconds) === 0) return "none";
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, -".000Z".length)}.${nanoseconds}Z`;
}

/** Those that differ, checksums last, which only follow from the rest. */
export function compareAccounts(
  a: readonly Told[],
  b: readonly Told[],
  of?: Pick<FieldDifference, "of" | "path">,
): FieldDifference[] {
  const inB = new Map(b.map(({ field, value }) => [field, value]));
  const inA = new Set(a.map(({ field }) => field));
  const found = [
    ...a.map(({ field, value }) => ({ field, a: value, b: inB.get(field) })),
    ...b.filter(({ field }) => !inA.has(field)).map(({ field, value }) => ({ field, a: undefined, b: value })),
  ].filter((each) => each.a !== each.b);
  const isChecksum = ({ field }: { field: string }) => isConsequence(field);
  return [...found.filter((each) => !isChecksum(each)), ...found.filter(isChecksum)].map(({ field, a, b }) => ({
    ...of,
    field,
    ...(a !== undefined && { a }),
    ...(b !== undefined && { b }),
  }));
}

/** Whether a field only says again what others say. */
export function isConsequence(field: string): boolean {
  return field.endsWith("checksum");
}
