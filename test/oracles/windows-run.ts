/** A file of tests, run by Windows's node: what came of each test in it. */
import { basename, dirname } from "node:path";
import { ESCAPE, readReport, withoutColours } from "../runner/report.ts";
import { type RunOptions, windowsNode, windowsPath } from "./wine.ts";

export interface Outcome {
  suite: string;
  /** What uvu says of it, or nothing if it passed. */
  failure: string | undefined;
}

export interface WindowsRun {
  outcomes: Outcome[];
  /** Suites and tests that did not run. */
  skipped: number;
  /** What was skipped, and why, in their words. */
  remarks: string[];
  /** Why the run as a whole is none, or nothing: it crashed, hung, or had no test in it. With all that it printed. */
  fault: string | undefined;
}

/** @param file  compiled, its path on this side */
export async function runUnderWindows(file: string, options: RunOptions = {}): Promise<WindowsRun> {
  const pattern = `^${basename(file).replaceAll(".", "\\.")}$`;
  const words = ["node_modules/uvu/bin.js", windowsPath(dirname(file)), pattern];
  try {
    const { status, stdout, error } = await windowsNode(words, options);
    return readRun(stdout, error?.message ?? status);
  } catch (error) {
    return readRun("", String(error)); // Wine does not start: a failure of these tests, and of no others
  }
}

/** How uvu marks what it prints. */
const SUITE = new RegExp(`${ESCAPE}\\[47m${ESCAPE}\\[1m${ESCAPE}\\[30m (.*?) ${ESCAPE}`);
const MARK = new RegExp(`([•✘]) ${ESCAPE}`, "g");
const END_OF_SUITE = new RegExp(`${ESCAPE}\\[3[12]m {2}\\(\\d+ / \\d+\\)\n`);
const FAILURE = `${ESCAPE}[41m FAIL `;

/** @param end  its exit code, or why it had to be stopped */
function readRun(printed: string, end: number | string | null): WindowsRun {
  const { before, counts } = readReport(printed);
  const failures = before.split(FAILURE).slice(1);
  const outcomes = printed
    .split(END_OF_SUITE)
    .slice(0, -1)
    .flatMap((part) => {
      const suite = SUITE.exec(part)?.[1] ?? "";
      return [...part.matchAll(MARK)].map(([, mark]): Outcome => {
        const failure = mark === "✘" ? (failures.shift() ?? "") : undefined;
        return { suite, failure: failure && withoutColours(failure) };
      });
    });
  const plain = withoutColours(printed);
  const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
  const isWhole =
    outcomes.length > 0 &&
    counts?.total === outcomes.length &&
    counts.passed === outcomes.length - failed &&
    end === (failed > 0 ? 1 : 0);
  return {
    outcomes,
    skipped: counts?.skipped ?? 0,
    remarks: [...plain.matchAll(/^ *(skipped: .*?)\r?$/gm)].map(([, remark]) => remark!),
    fault: isWhole ? undefined : `ended with ${end}, after ${outcomes.length} tests:\n${plain}`,
  };
}
