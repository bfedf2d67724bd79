/** What uvu says of a run, at its end. */

export interface Counts {
  total: number;
  passed: number;
  /** Not in the total. */
  skipped: number;
}

/** How uvu colours what it prints. */
export const ESCAPE = "\u001b";
const COLOURS = new RegExp(`${ESCAPE}\\[\\d+m`, "g");

export function withoutColours(printed: string): string {
  return printed.replace(COLOURS, "");
}

/** What stands before uvu's summary, and what the last one counts, or nothing: the run broke off before its end. */
export function readReport(printed: string): { before: string; counts: Counts | undefined } {
  const start = printed.lastIndexOf("\n  Total: ");
  if (start < 0) return { before: printed, counts: undefined };
  const summary = withoutColours(printed.slice(start));
  const [total, passed, skipped] = ["Total", "Passed", "Skipped"].map((what) =>
    Number(new RegExp(`^ {2}${what}: +(\\d+)\\r?$`, "m").exec(summary)?.[1] ?? Number.NaN),
  ) as [number, number, number];
  const isWhole = Number.isInteger(total + passed + skipped);
  return { before: printed.slice(0, start), counts: isWhole ? { total, passed, skipped } : undefined };
}
