/** What came out, in numbers. */
import { ONE_DIRECTORY_BAR } from "./bars.ts";
import { type Measured, medianOf, peakOf } from "./rounds.ts";
import { Name } from "./tools.ts";
import type { Input } from "./workplace.ts";

export interface Limit {
  readonly bar: number;
  readonly isMet: boolean;
}

export interface Row {
  readonly tool: string;
  /** Seconds. */
  readonly cpu: { readonly median: number; readonly lowest: number; readonly highest: number };
  readonly ratio?: {
    readonly value: number;
    readonly yardstick: string;
    readonly beyond?: string;
    readonly limit?: Limit;
  };
  /** MiB. */
  readonly peak: { readonly value: number; readonly limit?: Limit };
}

export interface InputResult {
  readonly input: Input;
  readonly rows: readonly Row[];
}

export function toRows(measured: readonly Measured[]): Row[] {
  const cpuOf = (name: string) => medianOf(measured.find(({ tool }) => tool.name === name)!);
  return measured.map((one) => {
    const { name, comparison, peakBar } = one.tool;
    const median = medianOf(one);
    const cpus = one.costs.map(({ cpu }) => cpu);
    const peak = peakOf(one) / 1024 ** 2;
    const row: Row = {
      tool: name,
      cpu: { median, lowest: Math.min(...cpus), highest: Math.max(...cpus) },
      peak: { value: peak, ...limit(peak, peakBar) },
    };
    if (comparison === undefined) return row;
    const { yardstick, beyond, bar } = comparison;
    const value = (median - (beyond === undefined ? 0 : cpuOf(beyond))) / cpuOf(yardstick);
    return { ...row, ratio: { value, yardstick, ...(beyond && { beyond }), ...limit(value, bar) } };
  });
}

/** How a file of one large directory compares with a file of many small ones, less what an empty tar costs. */
export interface OneDirectory {
  /** CPU time a file. Microseconds. */
  readonly oneDirectory: number;
  readonly tiny: number;
  readonly ratio: number;
  readonly limit: Limit;
}

/** @returns undefined unless both were measured */
export function compareDirectories(results: readonly InputResult[]): OneDirectory | undefined {
  const [one, tiny] = [costOfFile(results, "onedir"), costOfFile(results, "tiny")];
  if (one === undefined || tiny === undefined) return undefined;
  const ratio = one / tiny;
  return { oneDirectory: one, tiny, ratio, limit: { bar: ONE_DIRECTORY_BAR, isMet: ratio <= ONE_DIRECTORY_BAR } };
}

function costOfFile(results: readonly InputResult[], name: string): number | undefined {
  const result = results.find(({ input }) => input.name === name);
  if (result === undefined) return undefined;
  const cpuOf = (tool: string) => result.rows.find((row) => row.tool === tool)!.cpu.median;
  return ((cpuOf(Name.ext4) - cpuOf(Name.empty)) / result.input.entries) * 1e6;
}

function limit(value: number, bar: number | undefined): { limit: Limit } | undefined {
  return bar === undefined ? undefined : { limit: { bar, isMet: value <= bar } };
}
