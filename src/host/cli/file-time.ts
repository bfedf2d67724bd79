/** FILETIMEs as text. Source: Microsoft, [MS-DTYP], §2.3.3. */

/** Ticks of 100 ns. */
const TICKS_PER_MILLISECOND = 10_000n;
const TICKS_PER_SECOND = 10_000_000n;
/** From 1601 to 1970. */
const UNIX_EPOCH = 11_644_473_600_000n;
/** The last moment that a Date can hold. */
const MOST_MILLISECONDS = 8_640_000_000_000_000n;

/** `2026-11-22T06:45:23.1234567Z`; undefined where none is set. */
export function formatFileTime(ticks: bigint): string | undefined {
  if (ticks === 0n) return undefined;
  const milliseconds = ticks / TICKS_PER_MILLISECOND - UNIX_EPOCH;
  if (milliseconds > MOST_MILLISECONDS) return `tick ${ticks}`;
  const date = new Date(Number(milliseconds)).toISOString();
  return `${date.slice(0, -5)}.${String(ticks % TICKS_PER_SECOND).padStart(7, "0")}Z`;
}

/** `2026-11-22 06:45:23`, for columns; a dash where none is set. UTC. */
export function formatShortFileTime(ticks: bigint): string {
  const text = formatFileTime(ticks);
  if (text === undefined) return "-".padEnd(19);
  return text.replace(/\.\d+Z$/, "").replace("T", " ");
}
