/** What the tests of the doubles share: they call them by declarations of their own. */
import * as assert from "uvu/assert";
import { broken } from "../../fixtures/doubles.ts";

/** An HRESULT in which a Win32 code travels; signed, as koffi gives an int32_t. */
export const win32 = (code: number): number => 0x80070000 | code | 0;

export const E_INVALIDARG = win32(87);
export const E_POINTER = 0x80004003 | 0;

/** @returns what the call gives in its out parameter */
export function given(call: (out: unknown[]) => number): unknown {
  const out = [null];
  assert.is(call(out), 0);
  return out[0];
}

/** Asserts that callers were told of these mistakes, in this order, and of no other. */
export function assertBroken(...expected: RegExp[]): void {
  const words = broken();
  assert.is(words.length, expected.length, `told: ${words.join("; ")}`);
  for (const [i, pattern] of expected.entries()) assert.match(words[i]!, pattern);
}

/** UTF-16, with its NUL: a string whose memory the caller chooses. */
export const utf16 = (text: string): Buffer => Buffer.from(`${text}\0`, "utf16le");
