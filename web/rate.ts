/** How fast something goes, and how long it will take: over the last few seconds, so that it neither jumps nor lags. */
const WINDOW = 4; // seconds
const FEWEST = 0.5; // seconds that must have passed before anything is said

interface Sample {
  /** Seconds. */
  readonly at: number;
  readonly bytes: number;
}

export class Rate {
  #samples: Sample[] = [];

  /** @param at  seconds, of any clock that only goes forward */
  add(at: number, bytes: number): void {
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && at - this.#samples[1]!.at > WINDOW) this.#samples.shift();
  }

  /** @returns bytes a second; undefined while that cannot be told */
  perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < FEWEST) return undefined;
    return (last.bytes - first.bytes) / (last.at - first.at);
  }

  /** @returns seconds; undefined while that cannot be told */
  secondsLeft(total: number | undefined): number | undefined {
    const rate = this.perSecond();
    const last = this.#samples.at(-1);
    if (!rate || total === undefined || !last) return undefined;
    return Math.max(total - last.bytes, 0) / rate;
  }
}

/** `0.4 s`, `12 s`, `2 min 5 s`, `1 h 20 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
