/** A run as a page of Markdown. */
import type { Machine } from "./machine.ts";
import { compareDirectories, type InputResult, type Limit, type Row } from "./results.ts";

export interface Run {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly runs: number;
  /** What measured the processes. */
  readonly meter: string;
  readonly results: readonly InputResult[];
}

const HEAD = `| input | tool | CPU, s | lowest to highest | CPU, ratio | bar | peak RSS, MiB | bar |
|---|---|--:|--:|--:|---|--:|---|`;

export function toMarkdown({ date, machine, runs, meter, results }: Run): string {
  const { cpu, cores, memory, kernel, node, layerkiln } = machine;
  const rows = results.flatMap(({ input, rows }) => rows.map((row, i) => toLine(i === 0 ? input.name : "", row)));
  return `layerkiln ${layerkiln}, Node ${node}, ${cpu}, ${cores} cores, ${memory} GiB, ${kernel}, ${date}.

CPU is user and system time of the whole process, Node's start included, by ${meter}: medians of ${runs}, the tools
run by turns. Peak RSS is the highest of all runs.

${[HEAD, ...rows].join("\n")}

${[...results.map(describeInput), ...describeDirectories(results)].map((line) => `- ${line}`).join("\n")}
`;
}

function toLine(input: string, { tool, cpu, ratio, peak }: Row): string {
  const cells = [
    input,
    tool,
    cpu.median.toFixed(3),
    `${cpu.lowest.toFixed(3)} to ${cpu.highest.toFixed(3)}`,
    ratio === undefined ? "" : `${ratio.beyond ? "+" : ""}${ratio.value.toFixed(2)} × ${ratio.yardstick}`,
    toVerdict(ratio?.limit),
    peak.value.toFixed(0),
    toVerdict(peak.limit),
  ];
  return `| ${cells.join(" | ")} |`;
}

function toVerdict(limit: Limit | undefined): string {
  return limit === undefined ? "" : `≤ ${limit.bar}: ${limit.isMet ? "met" : "**missed**"}`;
}

function describeInput({ input }: InputResult): string {
  const { name, description, entries, size, gzipSize, compressor } = input;
  return `${name}: ${description}; ${entries.toLocaleString("en")} entries, ${megabytes(size)} (${megabytes(gzipSize)} by ${compressor})`;
}

function describeDirectories(results: readonly InputResult[]): string[] {
  const both = compareDirectories(results);
  if (both === undefined) return [];
  const { oneDirectory, tiny, ratio, limit } = both;
  return [
    `CPU a file, less what an empty tar costs: ${oneDirectory.toFixed(2)} µs in one directory, ${tiny.toFixed(2)} µs in 1,000: ${ratio.toFixed(2)} × tiny, ${toVerdict(limit)}`,
  ];
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
}
