/** Measures tools by turns, so that a slow minute of the machine falls on all of them. */
import { rmSync } from "node:fs";
import type { Cost, Meter } from "./meter.ts";
import { say } from "./say.ts";
import type { Tool } from "./tools.ts";

/** A tool with what its runs cost. */
export interface Measured {
  readonly tool: Tool;
  readonly costs: readonly Cost[];
}

/** @returns one cost a run and tool; a round before the first is not counted */
export async function measureInRounds(
  tools: readonly Tool[],
  runs: number,
  { meter, output, label }: { meter: Meter; output: string; label: string },
): Promise<Measured[]> {
  const measured = tools.map((tool) => ({ tool, costs: [] as Cost[] }));
  for (let round = 0; round <= runs; round++) {
    const line: string[] = [];
    for (const { tool, costs } of measured) {
      // A file that is there already would be truncated by the next tool, at its expense.
      if (!tool.readsOutput) rmSync(output, { recursive: true, force: true });
      const cost = await meter.measure(tool.command);
      if (round > 0) costs.push(cost);
      line.push(`${tool.name} ${cost.cpu.toFixed(2)} s`);
    }
    say(`${label}: ${round === 0 ? "warm-up" : `round ${round} of ${runs}`}: ${line.join(", ")}`);
  }
  return measured;
}

/** Of CPU time, seconds. */
export function medianOf({ costs }: Measured): number {
  const sorted = costs.map(({ cpu }) => cpu).sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The most memory of all runs. Bytes. */
export function peakOf({ costs }: Measured): number {
  return Math.max(...costs.map(({ peak }) => peak));
}
