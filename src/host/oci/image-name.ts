/**
 * Names of images in an archive, and which of them is meant.
 *
 * Source: OCI image specification, "Annotations"; distribution/reference, "Grammar" and ParseNormalizedNamed.
 */
import type { Descriptor } from "./descriptor.ts";

/** The whole name, which containerd writes; and often only the tag. */
const NAME_ANNOTATIONS = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

/** The first is the fullest. */
export function namesOf({ annotations }: Descriptor): string[] {
  const names = NAME_ANNOTATIONS.flatMap((key) =>
    annotations && Object.hasOwn(annotations, key) ? [annotations[key]!] : [],
  );
  return [...new Set(names)];
}

/** `alpine` is docker.io/library/alpine:latest. */
export function isSameName(one: string, other: string): boolean {
  return one === other || inFull(one) === inFull(other);
}

function inFull(name: string): string {
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = hasRegistry ? name : `docker.io/${rest.length > 0 ? name : `library/${name}`}`;
  return /[:@][^/]*$/.test(path) ? path : `${path}:latest`;
}
