/** libregf: a reader of registry hives, layered ones too; it looks at classes and security as well. */
import { ask, missing } from "./oracle.ts";

export interface Told {
  className: string;
  /** Bytes of each value, by name; of text, which it rounds, nothing. */
  values: Map<string, number | undefined>;
}

export const libregf = {
  name: "libregf",
  missing: missing("regfexport", "libregf-utils", "-V"),

  /** Keys by path, the root's name before all. @throws Error  if it cannot read one */
  read(path: string): Map<string, Told> {
    const told = Buffer.from(ask("regfexport", [path]), "latin1").toString();
    const keys = told.split(/^Key path: /m).slice(1);
    return new Map(keys.map((text) => [text.slice(0, text.indexOf("\n")), parseKey(text)]));
  },
};

function parseKey(text: string): Told {
  const values = new Map<string, number | undefined>();
  for (const value of text.split(/^Value: \d+ /m).slice(1)) {
    const name = value.slice(0, value.indexOf("\n"));
    const size = Number(/^Data size: (\d+)$/m.exec(value)?.[1]);
    values.set(name === "(default)" ? "" : name, /^Type: (expandable )?string /m.test(value) ? undefined : size);
  }
  return { className: /^Class name: (.*)$/m.exec(text)?.[1] ?? "", values };
}
