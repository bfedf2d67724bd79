/** Numbers that look random and are the same in every run. */
export class Random {
  /** @param state  the seed, 32 bits */
  constructor(private state: number) {}

  /** 32 bits. Source: mulberry32, by Tommy Ettinger, public domain. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** Its logarithm is normal, with mean `mu` and deviation `sigma`; by Box and Muller. */
  logNormal(mu: number, sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log((this.next() + 1) / 2 ** 32));
    const angle = (2 * Math.PI * this.next()) / 2 ** 32;
    return Math.exp(mu + sigma * radius * Math.cos(angle));
  }
}
