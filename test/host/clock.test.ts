import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startClock } from "../../src/host/clock.ts";

const MILLISECOND = 1_000_000n;
const HOUR = 3_600_000n * MILLISECOND;
const START = 1_700_000_000_000_300_000n;

/** A machine whose clock can be set. Each look at it takes 100 ns. */
function machine(): { now: bigint; ticks: bigint; set(by: bigint): void; clock(): bigint; pass(ns: bigint): void } {
  const state = {
    now: START,
    ticks: 5n,
    set(by: bigint) {
      state.now += by;
    },
    pass(ns: bigint) {
      state.now += ns;
      state.ticks += ns;
    },
    clock: (): bigint => 0n,
  };
  state.clock = startClock({
    milliseconds() {
      state.pass(100n);
      return Number(state.now / MILLISECOND);
    },
    ticks() {
      state.pass(100n);
      return state.ticks;
    },
  });
  return state;
}

const clock = suite("clock");

clock("lies between what was before and after it, to a microsecond", () => {
  const simulated = machine();
  for (let i = 0; i < 100; i++) {
    simulated.pass(BigInt(i) * 77_777n);
    const before = simulated.now;
    const time = simulated.clock();
    assert.ok(before - 1000n <= time && time <= simulated.now + 1000n, `${before} ${time} ${simulated.now}`);
  }
});

clock("agrees with Date, and never says the same twice", () => {
  const now = startClock();
  let last = 0n;
  for (let i = 0; i < 10_000; i++) {
    const before = BigInt(Date.now()) * MILLISECOND;
    const time = now();
    assert.ok(time > last);
    assert.ok(time > before - MILLISECOND, "it may be a little late, where this process was stopped for a while");
    assert.ok(time < BigInt(Date.now() + 2) * MILLISECOND);
    last = time;
  }
});

clock("follows when it is set, but not back by less than a second", () => {
  const simulated = machine();
  const first = simulated.clock();
  simulated.set(HOUR);
  const later = simulated.clock();
  assert.ok(later - first > HOUR - MILLISECOND);
  simulated.set(-500n * MILLISECOND);
  const still = simulated.clock();
  assert.is(still, later + 1n);
  simulated.set(-HOUR);
  assert.ok(simulated.clock() < still - HOUR + 600n * MILLISECOND);
});

clock("comes out of a machine's sleep, in which ticks stop", () => {
  const simulated = machine();
  const first = simulated.clock();
  simulated.set(8n * HOUR);
  assert.ok(simulated.clock() - first >= 8n * HOUR);
});

clock("starts where every look at it is slow", () => {
  let now = START;
  const pass = (): bigint => {
    now += 700_000n;
    return now;
  };
  const slow = startClock({
    milliseconds: () => Number(pass() / MILLISECOND),
    ticks: () => pass(),
  });
  const before = now;
  assert.ok(slow() >= before - 3n * MILLISECOND);
});

clock.run();
