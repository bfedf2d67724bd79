/** What this very Windows can do with CIMs. */
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { cimfs } from "./cimfs-dll.ts";
import { cimwriter } from "./cimwriter-dll.ts";
import { type CimLibraries, type Gated, type GateFact, gateFacts, missingFor } from "./gates.ts";
import { windowsVersion } from "./version.ts";

const libraries = (): CimLibraries => ({ cimfs: cimfs.isThere(), cimwriter: cimwriter.isThere() });

export const cimFacts = (): GateFact[] => gateFacts(windowsVersion(), libraries());

/** @throws ImageError  Unavailable, with the build that this is and the one that it takes */
export function assertCan(what: Gated): void {
  const missing = missingFor(what, windowsVersion(), libraries());
  if (missing !== undefined) throw new ImageError(ErrorCode.Unavailable, `Windows: ${missing}`);
}
