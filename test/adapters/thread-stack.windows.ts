/** Stack, as Windows's functions are written for. One that finds less ends the process, without a word. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Dll } from "../../src/adapters/windows/dll.ts";
import { areDoubles } from "../oracles/doubles.ts";

/** 1 MiB, which a thread of Windows has unless it asks for other, less what koffi and the caller take. In pages of 4 KiB. */
const PAGES = 240;

const stack = suite("the stack of calls");

if (areDoubles(stack)) {
  const takeStack = new Dll("doubles.dll").declare("uint32_t takeStack(uint32_t pages)");

  stack("is as large as a thread's of Windows", () => {
    assert.is(takeStack(PAGES), PAGES);
  });

  stack("is as large on threads of Node's pool, also of many calls at once", async () => {
    const taken = await Promise.all(Array.from({ length: 16 }, () => takeStack.onThread(PAGES)));
    assert.equal(taken, Array(16).fill(PAGES));
  });
}

stack.run();
