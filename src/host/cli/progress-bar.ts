/** One line on a terminal that shows how far the work is. */
import type { Progress } from "../options.ts";
import { formatBytes } from "./byte-count.ts";
import { tuneEngine } from "./engine.ts";
import { untilInterrupted } from "./exit.ts";
import { type Output, stderr } from "./output.ts";

const WIDTH = 24;
const CLEAR_LINE = "\r\x1b[K";

export interface ProgressBar {
  show(progress: Progress): void;

  /** As `show`, of work that is not measured in bytes. @param done  of 1 */
  showPart(done: number): void;

  /** Leaves the line as it was found: empty. */
  clear(): void;
}

/** @returns undefined where a bar would be noise: in a file, a pipe, or a terminal that cannot rewrite a line */
export function openProgressBar(terminal: Output): ProgressBar | undefined {
  if (!terminal.isTerminal || process.env.TERM === "dumb") return undefined;
  let shown = false;
  const write = (text: string) => {
    shown = true;
    terminal.write(CLEAR_LINE + text);
  };
  return {
    show: (progress) => write(line(progress)),
    showPart: (done) => write(bar(done)),
    clear() {
      if (shown) terminal.write(CLEAR_LINE);
    },
  };
}

/** What a long operation of the library is given, so that people see how far it is, and can stop it. */
export interface Watched {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Runs `work`, which goes through much of a layer or an image, with a bar, unless `quiet`, until it is done or interrupted. */
export async function withProgress<T>(quiet: boolean | undefined, work: (watched: Watched) => Promise<T>): Promise<T> {
  tuneEngine();
  const bar = quiet ? undefined : openProgressBar(stderr);
  try {
    return await untilInterrupted((signal) => work({ signal, ...(bar && { onProgress: bar.show }) }));
  } finally {
    bar?.clear();
  }
}

function line({ bytesRead, totalBytes }: Progress): string {
  if (!totalBytes) return `${formatBytes(bytesRead)} read`;
  return `${bar(Math.min(bytesRead / totalBytes, 1))} of ${formatBytes(totalBytes)}`;
}

function bar(part: number): string {
  const done = "#".repeat(Math.round(part * WIDTH)).padEnd(WIDTH, ".");
  return `[${done}] ${Math.floor(part * 100)} %`;
}
