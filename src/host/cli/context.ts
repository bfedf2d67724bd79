/** What a command is given beside its flags. */
import type { StricliAutoCompleteContext } from "@stricli/auto-complete";
import type { Platform } from "../platform.ts";

export interface Context extends StricliAutoCompleteContext {
  readonly platform?: Platform;
}
