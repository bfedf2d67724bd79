/** What a program of ours asks of the engine it runs on. A library must not: flags hold for the whole process. */
import { setFlagsFromString } from "node:v8";

/**
 * How much a function of the core must have run before V8 compiles it anew and better: fourteen times the default of
 * Node 20. A layer of 200 MB is done before that pays: it costs 20 of 220 ms. To larger ones it makes no difference.
 */
const TIERING_BUDGET = 25_000_000;

/** The newest Node that is known to have the flag. One that has not says so on standard error, and goes on. */
const NEWEST_NODE = 24;

/** For work that goes through much of a layer or an image, before its core starts: it takes 5 ms, as `node:v8` loads all streams. */
export function tuneEngine(): void {
  if (Number.parseInt(process.versions.node, 10) > NEWEST_NODE) return;
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
}
