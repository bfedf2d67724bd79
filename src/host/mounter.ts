/** Whoever is to mount something asks here for what mounts. */
import { ErrorCode, ImageError } from "./errors.ts";
import type { Mounter, Platform } from "./platform.ts";

/**
 * @param subject  what the message begins with
 * @throws ImageError  Unavailable, and what to do about it
 */
export async function mounterOf(platform: Platform | undefined, subject: string): Promise<Mounter> {
  const mounter = await platform?.mounter?.();
  if (mounter !== undefined) return mounter;
  throw new ImageError(
    ErrorCode.Unavailable,
    `${subject}: needs Linux or Windows, and the package koffi with a build for it (npm install koffi)`,
  );
}
