/** Snapshots as commands print them: tables to a terminal, JSON elsewhere. */
import type { Mount } from "../platform.ts";
import type { Info, Usage } from "../snapshots/snapshotter.ts";
import { formatShortTime, formatTime } from "./file-text.ts";
import { stdout } from "./output.ts";
import { type ByteText, Printer } from "./printer.ts";

export interface NamedUsage extends Usage {
  readonly name: string;
}

/** Whether a document is wanted: it was asked for, or nobody is there to read a table. */
export function wantsJson({ json }: { readonly json?: boolean }): boolean {
  return json === true || !stdout.isTerminal;
}

export function printInfos(infos: readonly Info[], asJson: boolean): void {
  if (asJson) {
    printJsonLines(infos.map(infoToJson));
    return;
  }
  const rows = infos.map(({ name, kind, created, parent }) => [
    name,
    kind,
    formatShortTime(timestampOf(created)),
    parent,
  ]);
  printTable(["SNAPSHOT", "KIND", "CREATED", "PARENT"], rows);
}

export function printInfo(info: Info, asJson: boolean): void {
  if (asJson) {
    printJson(infoToJson(info));
    return;
  }
  const { name, kind, parent, created, updated, labels } = info;
  printTable(undefined, [
    ["snapshot", name],
    ["kind", kind],
    ["parent", parent],
    ["created", formatTime(timestampOf(created))],
    ["updated", formatTime(timestampOf(updated))],
    ...[...labels].map(([key, value]) => ["label", `${key}=${value}`]),
  ]);
}

export function printMounts(mounts: readonly Mount[], asJson: boolean): void {
  if (asJson) {
    printJsonLines(mounts);
    return;
  }
  const rows = mounts.map(({ type, source, target, options }) => [type, source, target, options.join(",")]);
  printTable(["TYPE", "SOURCE", "TARGET", "OPTIONS"], rows);
}

export function printUsages(usages: readonly NamedUsage[], asJson: boolean): void {
  if (asJson) {
    printJsonLines(usages);
    return;
  }
  const rows = usages.map(({ name, size, inodes }) => [String(size), String(inodes), name]);
  printTable(["SIZE", "INODES", "SNAPSHOT"], rows, 2);
}

function infoToJson({ name, parent, kind, labels, created, updated }: Info): object {
  return {
    name,
    kind,
    ...(parent !== "" && { parent }),
    created: formatTime(timestampOf(created)),
    updated: formatTime(timestampOf(updated)),
    labels: Object.fromEntries(labels),
  };
}

function timestampOf(nanoseconds: bigint): { seconds: number; nanoseconds: number } {
  return { seconds: Number(nanoseconds / 1_000_000_000n), nanoseconds: Number(nanoseconds % 1_000_000_000n) };
}

function printJson(document: object): void {
  stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** One array, an item a line. */
function printJsonLines(items: readonly object[]): void {
  const lines = items.map((item) => JSON.stringify(item));
  stdout.write(lines.length === 0 ? "[]\n" : `[\n${lines.join(",\n")}\n]\n`);
}

/** @param numbers  columns, from the left, that hold numbers */
function printTable(head: readonly string[] | undefined, rows: readonly (readonly string[])[], numbers = 0): void {
  const printer = new Printer(stdout);
  const cells = rows.map((row) => row.map((cell): ByteText => (cell === "" ? "-" : printer.name(Buffer.from(cell)))));
  const lines = head === undefined ? cells : [head, ...cells];
  const widths = (lines[0] ?? []).map((_, column) =>
    lines.reduce((width, line) => Math.max(width, line[column]!.length), 0),
  );
  for (const line of lines) {
    const padded = line.map((cell, column) =>
      column < numbers ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    );
    printer.line(padded.join("  ").trimEnd());
  }
  printer.flush();
}
