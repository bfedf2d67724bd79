/**
 * Names of images in an archive, and which of them is meant.
 *
 * Source: OCI image specification, "Annotations"; distribution/reference, "Grammar" and ParseNormalizedNamed.
 */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Descriptor } from "./descriptor.ts";
import { shown } from "./shown.ts";

/** The whole name, which containerd writes; and often only the tag. */
const NAME_ANNOTATIONS = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
/** A repository has 255 at most, a tag 128, a digest 135. */
const LONGEST_NAME = 1024;
const DOCKER_HUB = "docker.io";

/** The first is the fullest. @throws ImageError  OutOfRange */
export function namesOf({ digest, annotations }: Descriptor): string[] {
  const names = NAME_ANNOTATIONS.flatMap((key) =>
    annotations && Object.hasOwn(annotations, key) ? [annotations[key]!] : [],
  );
  for (const name of names) if (name.length > LONGEST_NAME) throw tooLong(digest, name);
  return [...new Set(names)];
}

function tooLong(digest: string, name: string): ImageError {
  const what = `has ${name.length} characters, more than ${LONGEST_NAME}`;
  return new ImageError(ErrorCode.OutOfRange, `blob ${digest}: its name "${shown(name)}" ${what}`);
}

/** `alpine` is docker.io/library/alpine:latest. */
export function inFull(name: string): string {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const hasRegistry = /[.:]/.test(first) || first === "localhost";
  const registry = hasRegistry && first !== "index.docker.io" ? first : DOCKER_HUB;
  const path = hasRegistry ? name.slice(slash + 1) : name;
  const last = path.lastIndexOf("/") + 1;
  const library = registry === DOCKER_HUB && last === 0 ? "library/" : "";
  return `${registry}/${library}${path}${/[:@]/.test(path.slice(last)) ? "" : ":latest"}`;
}
