/** What the server says while it runs: a line of JSON each, on standard error. */
import { loadPino } from "./packages.ts";

/** As pino's: what happened in fields, and a sentence. */
export interface Log {
  debug(fields: object, sentence: string): void;
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  /** An Error as `err` is written with its stack. */
  error(fields: object, sentence: string): void;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STDERR = 2;

/** @throws ImageError  Unavailable: pino is not installed */
export async function openLog(level: LogLevel): Promise<Log> {
  const pino = await loadPino();
  // Synchronous: the last words before an end are the ones that matter.
  const log: Log = pino({ level, base: { pid: process.pid } }, pino.destination({ dest: STDERR, sync: true }));
  return log;
}
