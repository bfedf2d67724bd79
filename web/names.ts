/** Names in the order in which people look for them. */
// Made once: `localeCompare` with options makes one for each pair of names, which takes twenty times as long.
const collator = new Intl.Collator("en", { numeric: true });

/** `layer-2` is before `layer-10`. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}
