/** The adapter for the machine we run on, where there is one. */
import type { Platform } from "../host/platform.ts";
import { linux } from "./linux/platform.ts";

export function thisPlatform(): Platform | undefined {
  return process.platform === "linux" ? linux : undefined;
}
