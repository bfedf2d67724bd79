/** A key of a registry hive as regedit writes it. */
import type { HiveKey, HiveValue } from "../hive/hive.ts";

export const REG_HEADER = "Windows Registry Editor Version 5.00";

const REG_SZ = 1;
const REG_BINARY = 3;
const REG_DWORD = 4;
/** Bytes of data in a line. */
const FIRST_LINE = 20;
const LINE = 25;

/** Characters that have no place in a line of text: controls, those that turn or break a line, and halves of a pair. */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export function regLines(path: readonly string[], key: HiveKey): string[] {
  const place = harmless(`\\${path.join("\\")}`);
  if (key.layer === "tombstone") return [`[-${place}]`];
  const notes = [`[${place}]`];
  if (key.layer !== "merge") notes.push(`; layer: ${key.layer}`);
  if (key.inheritsClass) notes.push("; class: that of the key below");
  else if (key.className !== "") notes.push(`; class: ${quoted(harmless(key.className))}`);
  if (key.handle !== 0) notes.push(`; predefined handle: 0x${key.handle.toString(16)}`);
  return [...notes, ...key.values().flatMap(valueLines)];
}

function valueLines({ name, type, data, isTombstone }: HiveValue): string[] {
  const subject = name === "" ? "@" : quoted(harmless(name));
  if (isTombstone) return [`${subject}=-`];
  const text = type === REG_SZ ? textOf(data) : undefined;
  if (text !== undefined) return [`${subject}=${quoted(text)}`];
  if (type === REG_DWORD && data.length === 4) {
    return [`${subject}=dword:${Buffer.from(data).readUInt32LE().toString(16).padStart(8, "0")}`];
  }
  return hexLines(`${subject}=hex${type === REG_BINARY ? "" : `(${type.toString(16)})`}:`, data);
}

/** The text in a string that ends as it should and has nothing in it that a line has no room for. */
function textOf(data: Uint8Array): string | undefined {
  const text = Buffer.from(data).toString("utf16le");
  if (data.length % 2 !== 0 || !text.endsWith("\0")) return undefined;
  const body = text.slice(0, -1);
  return harmless(body) === body ? body : undefined;
}

function hexLines(start: string, data: Uint8Array): string[] {
  const pairs = [...data].map((byte) => byte.toString(16).padStart(2, "0"));
  const lines: string[] = [];
  for (let at = 0; at < pairs.length || at === 0; ) {
    const end = at === 0 ? FIRST_LINE : at + LINE;
    const isLast = end >= pairs.length;
    lines.push((at === 0 ? start : "  ") + pairs.slice(at, end).join(",") + (isLast ? "" : ",\\"));
    at = end;
  }
  return lines;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** .reg has no words for some characters; JSON has. */
function harmless(text: string): string {
  return text.replace(HARMFUL, "\ufffd");
}
