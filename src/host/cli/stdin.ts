/** Standard input as a source. */
import { fstatSync } from "node:fs";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Source } from "../source.ts";

/** @throws ImageError  InvalidArgument if it is a terminal */
export function standardInput(): Source {
  if (fstatSync(0).isFile()) return { fd: 0 }; // as `< layer.tar` gives it; faster to read than a stream
  if (process.stdin.isTTY) {
    throw new ImageError(ErrorCode.InvalidArgument, "standard input: is a terminal; name a layer, or pipe one in");
  }
  return process.stdin;
}
