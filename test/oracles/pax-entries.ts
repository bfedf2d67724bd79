/** Reads a tar in the pax format into its entries, with all their records. Shares no code with the core. */

export interface PaxEntry {
  type: string;
  name: string;
  link: string;
  mode: number;
  /** Of extended headers; what stands in the header itself is not among them. */
  records: Record<string, string>;
  /** Seconds, as the header has it. */
  mtime: number;
  data: Buffer;
}

const BLOCK = 512;

/** @throws Error  where it is no such tar, as far as it is looked at */
export function readPaxEntries(tar: Buffer): PaxEntry[] {
  const entries: PaxEntry[] = [];
  let records: Record<string, string> = {};
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return entries;
    const type = String.fromCharCode(header[156]!);
    const size = Number(records.size ?? octal(header, 124, 12));
    const data = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (header.toString("latin1", 257, 265) !== "ustar\x0000" || data.length < size) throw new Error(`tar: at ${at}`);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "x") {
      records = recordsOf(data);
      continue;
    }
    entries.push({
      type,
      name: records.path ?? text(header, 0, 100),
      link: records.linkpath ?? text(header, 157, 100),
      mode: octal(header, 100, 8),
      records,
      mtime: octal(header, 136, 12),
      data,
    });
    records = {};
  }
  throw new Error("tar: ends without two blocks of zeros");
}

function recordsOf(body: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(" ", at);
    const end = at + Number(body.toString("latin1", at, space));
    const equals = body.indexOf("=", space);
    if (body[end - 1] !== 0x0a || equals > end) throw new Error(`tar: record at ${at}`);
    records[body.toString("utf8", space + 1, equals)] = body.toString("utf8", equals + 1, end - 1);
    at = end;
  }
  return records;
}

const text = (header: Buffer, at: number, length: number): string =>
  header.toString("utf8", at, at + length).replace(/\0.*$/s, "");
const octal = (header: Buffer, at: number, length: number): number =>
  Number.parseInt(text(header, at, length).trim() || "0", 8);
