/** Values that callers give, held against what they may be. */
import { ErrorCode, ImageError } from "./errors.ts";

/** @throws ImageError  InvalidArgument */
export function count(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ImageError(ErrorCode.InvalidArgument, `${name}: ${value} is not a whole number of 0 or more`);
}

/** The first of `values` is the default. @throws ImageError  InvalidArgument */
export function oneOf<T extends string>(name: string, value: T | undefined, values: readonly [T, ...T[]]): T {
  if (value === undefined) return values[0];
  if (values.includes(value)) return value;
  throw new ImageError(ErrorCode.InvalidArgument, `${name}: "${value}" is none of ${values.join(", ")}`);
}
