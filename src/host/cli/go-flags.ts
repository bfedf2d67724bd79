/**
 * A command line in the syntax of Go's flag package: `-name`, `--name`, `-name=value`, `-name value` for text.
 *
 * Source: pkg.go.dev/flag, "Command line flag syntax".
 */

/** A switch or a text, by its default. */
export interface GoFlag {
  readonly value: boolean | string;
  readonly usage: string;

  /** Another name. */
  readonly alias?: string;
}

export type GoFlags = Record<string, GoFlag>;

export type Values<F extends GoFlags> = { [Name in keyof F]: F[Name]["value"] extends boolean ? boolean : string };

/** The words are not what the flags allow. */
export class FlagError extends Error {}

/** `-h` or `-help` was among the words. */
export class HelpWanted extends Error {}

const TRUE = ["1", "t", "T", "true", "TRUE", "True"];
const FALSE = ["0", "f", "F", "false", "FALSE", "False"];

/**
 * @returns the flags' values, and the words after the last flag
 * @throws FlagError, HelpWanted
 */
export function parseGoFlags<F extends GoFlags>(
  flags: F,
  words: readonly string[],
): { values: Values<F>; rest: string[] } {
  const values: Record<string, boolean | string> = {};
  for (const [name, { value }] of Object.entries(flags)) values[name] = value;

  const rest = [...words];
  while (rest[0]?.startsWith("-") && rest[0] !== "-") {
    const word = rest.shift()!;
    if (word === "--") break;
    const [, name, given] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) throw new FlagError(`bad flag syntax: ${word}`);
    const [fullName, flag] = Object.entries(flags).find(([each, { alias }]) => each === name || alias === name) ?? [];
    if (fullName === undefined || flag === undefined) throw undefinedFlag(name);
    values[fullName] =
      typeof flag.value === "boolean" ? parseSwitch(name, given) : parseText(name, given ?? rest.shift());
  }
  return { values: values as Values<F>, rest };
}

function undefinedFlag(name: string): Error {
  return name === "h" || name === "help" ? new HelpWanted() : new FlagError(`flag provided but not defined: -${name}`);
}

function parseSwitch(name: string, text: string | undefined): boolean {
  if (text === undefined || TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  throw new FlagError(`invalid boolean value "${text}" for -${name}: parse error`);
}

function parseText(name: string, text: string | undefined): string {
  if (text === undefined) throw new FlagError(`flag needs an argument: -${name}`);
  return text;
}

/** As Go prints it. */
export function describeFlags(program: string, flags: GoFlags): string {
  const lines = Object.entries(flags).map(([name, { value, usage }]) => {
    const kind = typeof value === "string" ? " string" : "";
    const gap = name.length === 1 && kind === "" ? "\t" : "\n    \t";
    return `  -${name}${kind}${gap}${usage}\n`;
  });
  return `Usage of ${program}:\n${lines.join("")}`;
}
