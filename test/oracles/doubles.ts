/** The doubles of Windows's DLLs lie where Wine looks for Windows's own. */
import type { suite } from "uvu";
import { ON_WINE } from "../fixtures/on-wine.ts";

/**
 * Whether `tests` may call Windows's DLLs, which are doubles under Wine. On Windows itself they are not, and the calls would be real:
 * there the tests are skipped, aloud.
 */
export function areDoubles(tests: ReturnType<typeof suite>): boolean {
  if (ON_WINE) return true;
  console.log("  skipped: these calls are made to doubles of Windows's DLLs, under Wine");
  tests.skip();
  return false;
}
