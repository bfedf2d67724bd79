/** Structures by their names, which declarations of functions use. */
import koffi, { type TypeObject } from "koffi";

/**
 * koffi's table of names belongs to the process. Another copy of this file, or an application that calls Windows too, may have
 * put a structure there already: the same one serves both.
 *
 * @throws  another structure has that name
 */
export function structure(name: string, members: Record<string, string | TypeObject>): TypeObject {
  const known = find(name);
  if (known !== undefined && layout(known) === layout(koffi.struct(members))) return known;
  return koffi.struct(name, members);
}

function find(name: string): TypeObject | undefined {
  try {
    return koffi.type(name);
  } catch {
    return undefined;
  }
}

function layout(type: TypeObject): string {
  return JSON.stringify([type.size, type.alignment, type.members]).replaceAll(/<anonymous_\d+>/g, "");
}
