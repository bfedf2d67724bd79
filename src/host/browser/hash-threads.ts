/** Threads that hash: started when they are first of use, and kept for the next streams. */
import { HashThread } from "./hash-thread.ts";

/** Of a compressed layer there are two streams. */
const KEPT = 2;

const idle: HashThread[] = [];
let canBe = true;

/** A thread that has started and has nothing to do. */
export function takeThread(): HashThread | undefined {
  return idle.pop();
}

/** It may be in the middle of a stream, of which nobody wants to know any more. */
export function giveBack(thread: HashThread): void {
  if (idle.length < KEPT && !thread.hasFailed) idle.push(thread);
  else thread.end();
}

/** @returns whether there is one more to be taken; there may never be any, as where this file is not served any more */
export async function startThread(module: WebAssembly.Module): Promise<boolean> {
  if (!canBe) return false;
  try {
    const thread = new HashThread(module);
    await thread.isReady;
    idle.push(thread);
  } catch {
    canBe = false;
  }
  return canBe;
}
