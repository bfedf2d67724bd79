/** What is wrong with an image, and not with the machine or with us. */
import { ErrorCode, ImageError } from "../errors.ts";

export function isDamage(error: unknown): error is ImageError {
  return error instanceof ImageError && (error.code === ErrorCode.Corrupt || error.code === ErrorCode.Unsupported);
}
