/** Names of files within an image's directory or archive. They come from others, and must not lead out of it. */
import { ErrorCode, ImageError } from "../errors.ts";
import { shown } from "./shown.ts";

/** As systems have it for paths. */
export const LONGEST_NAME = 4096;

/**
 * The parts of a name; empty ones and `.` are none.
 *
 * @param subject  what a message begins with
 * @throws ImageError  Corrupt: it begins at a root, climbs, or would be another name on another system
 */
export function partsOf(name: string, subject: string): string[] {
  if (name.length > LONGEST_NAME) throw badName(name, subject, `is longer than ${LONGEST_NAME} characters`);
  if (name.startsWith("/")) throw badName(name, subject, "begins at the root");
  if (/[\\\0]/.test(name)) throw badName(name, subject, "has a character that no name here has");
  const parts = stepsOf(name);
  if (parts.includes("..")) throw badName(name, subject, 'has ".." in it');
  return parts;
}

/** As `partsOf`, of where a link leads: `..` is one. */
export function stepsOf(target: string): string[] {
  return target.split("/").filter((part) => part !== "" && part !== ".");
}

function badName(name: string, subject: string, why: string): ImageError {
  return new ImageError(ErrorCode.Corrupt, `${subject}: the name "${shown(name)}" ${why}`);
}
