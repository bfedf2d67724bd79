/** The adapter for the machine we run on, where there is one. */
import type { Platform } from "../host/platform.ts";
import { linux } from "./linux/platform.ts";
import { windows } from "./windows/platform.ts";

const PLATFORMS: Partial<Record<NodeJS.Platform, Platform>> = { linux, win32: windows };

export function thisPlatform(): Platform | undefined {
  return PLATFORMS[process.platform];
}
