/** Members of JSON that must not be shown, not even where they are not what they should be. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { JsonObject } from "../oci/json-object.ts";

/** @throws ImageError  Corrupt: it is no string */
export function secretIn(json: JsonObject, name: string, subject: string): string | undefined {
  try {
    return json.optionalString(name);
  } catch {
    throw new ImageError(ErrorCode.Corrupt, `${subject}: ${name} is no string`);
  }
}
