/** What a distribution lacks that WSL wants, or that its container image asked for in vain. */
import { ImageError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import { printable } from "../image/name.ts";
import type { WslLayers } from "./wsl-layers.ts";

/** What users have for a shell as whom services run. */
const LETS_NOBODY_IN = /\/(nologin|false)$/;

/** Bytes of it that are looked at. */
const MAX_PASSWD_SIZE = 1024 ** 2;

const shown = (text: string): string => printable(Buffer.from(text));

/** A sentence for each. @param image  the distribution */
export function lacksOf(image: Image, { user, otherUser, leftOut }: WslLayers): string[] {
  const lacks: string[] = [];
  const shells = shellsByUser(image);
  const first = user ?? "root";
  const path = shells.get(first);
  const shell = path && shown(path);
  if (otherUser !== undefined)
    lacks.push(
      `the container image runs as user ${shown(otherUser)}, and WSL takes plain names only: it starts as root`,
    );
  if (path === undefined) lacks.push(`/etc/passwd names no user "${first}", as whom WSL is to start`);
  else if (!isThere(image, path)) lacks.push(`${shell} is not there, the shell of "${first}"`);
  else if (LETS_NOBODY_IN.test(path)) lacks.push(`${shell} lets nobody in, the shell of "${first}"; wsl -u root does`);
  if (leftOut.length > 0)
    lacks.push(`left out of the environment, for shells set them or cannot: ${leftOut.map(shown).join(", ")}`);
  return lacks;
}

/** What passwd(5) says in its first and last field. An empty last one is /bin/sh. */
function shellsByUser(image: Image): Map<string, string> {
  if (!isThere(image, "/etc/passwd")) return new Map();
  const text = Buffer.concat([...image.read("/etc/passwd", 0, MAX_PASSWD_SIZE)]).toString();
  const lines = text.split("\n").map((line) => line.split(":"));
  const users = lines.filter(({ length }) => length === 7).reverse(); // the first line of a user counts
  return new Map(users.map((fields) => [fields[0]!, fields[6] || "/bin/sh"]));
}

/** Or the path leads nowhere: something on the way is missing, no directory, or a link in a circle. */
function isThere(image: Image, path: string): boolean {
  try {
    return image.stat(path, { follow: true }).type === "file";
  } catch (error) {
    if (error instanceof ImageError) return false;
    throw error;
  }
}
