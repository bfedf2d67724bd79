/** A switch. There is no `--no-…` for what is off already. */
export function flag(brief: string) {
  return { kind: "boolean", brief, optional: true, withNegated: false } as const;
}
