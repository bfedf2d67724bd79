/** The doubles of Windows's DLLs lie where Wine looks for Windows's own. */
import koffi from "koffi";
import type { suite } from "uvu";

/**
 * Whether `tests` may call Windows's DLLs, which are doubles under Wine. On Windows itself they are not, and the calls would be real:
 * there the tests are skipped, aloud.
 */
export function areDoubles(tests: ReturnType<typeof suite>): boolean {
  if (isWine()) return true;
  console.log("  skipped: these calls are made to doubles of Windows's DLLs, under Wine");
  tests.skip();
  return false;
}

/** Wine's ntdll.dll says so by what it exports. */
export function isWine(): boolean {
  try {
    koffi.load("ntdll.dll").func("str wine_get_version()");
    return true;
  } catch {
    return false;
  }
}
