/**
 * The time of day in nanoseconds. Node tells it in milliseconds only, which lie before the moment at which they are asked for:
 * what is made within the same one would be older than its request.
 */

/** Nanoseconds since 1970, UTC. Each call returns more than the one before. */
export type Clock = () => bigint;

export interface ClockSources {
  /** Time of day, whole milliseconds, rounded down. */
  readonly milliseconds: () => number;

  /** Any count of nanoseconds that goes on evenly. */
  readonly ticks: () => bigint;
}

const SYSTEM: ClockSources = { milliseconds: Date.now, ticks: () => process.hrtime.bigint() };

const MILLISECOND = 1_000_000n;

/** How far the clock may be set back without our times following it: they stay in order. Nanoseconds. */
const RIDDEN_OUT = 1_000_000_000n;

/** How much longer than a look at the clock usually takes is taken for a pause of this process. Nanoseconds. */
const PAUSE = 20_000n;

/** @param sources  what the system offers, unless it is to be imitated */
export function startClock(sources: ClockSources = SYSTEM): Clock {
  let offset = anchor(sources);
  let last = 0n;
  return () => {
    let now = sources.ticks() + offset;
    const ahead = now - BigInt(sources.milliseconds()) * MILLISECOND;
    if (ahead < -MILLISECOND || ahead > 2n * MILLISECOND) {
      offset = anchor(sources); // the clock was set, or the machine slept
      now = sources.ticks() + offset;
    }
    if (now <= last && last - now < RIDDEN_OUT) now = last + 1n;
    last = now;
    return now;
  };
}

/** Ticks to time of day, found where one millisecond becomes the next. */
function anchor({ milliseconds, ticks }: ClockSources): bigint {
  for (let tries = 1; ; tries++) {
    const first = milliseconds();
    let before = ticks();
    for (;;) {
      const at = ticks();
      const now = milliseconds();
      if (now !== first) {
        if (ticks() - before < PAUSE || tries === 5) return BigInt(now) * MILLISECOND - at;
        break;
      }
      before = at;
    }
  }
}
