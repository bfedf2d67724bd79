/**
 * What a server asks of who wants in.
 *
 * Source: RFC 9110, 11.3 "Challenge and Response", 11.6.1 "WWW-Authenticate".
 */

export interface Challenge {
  /** In lower case: "bearer", "basic". */
  readonly scheme: string;

  /** By their names in lower case; of two of one name the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** More than any server asks for. */
const MOST_CHALLENGES = 16;

const TOKEN = /[\w!#$%&'*+.^`|~-]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const TOKEN68 = /[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y;
const COMMAS = /[ \t]*(?:,[ \t]*)*/y;
const BLANKS = /[ \t]*/y;
const EQUALS = /[ \t]*=[ \t]*/y;

/** @param header  several fields of that name are one, with commas between. Reading ends where it is no challenge any more */
export function parseChallenges(header: string): Challenge[] {
  const cursor = new Cursor(header);
  const challenges: Challenge[] = [];
  while (challenges.length < MOST_CHALLENGES) {
    cursor.take(COMMAS);
    const scheme = cursor.take(TOKEN);
    if (scheme === undefined) break;
    cursor.take(BLANKS);
    cursor.take(TOKEN68); // of the older form, in place of parameters
    challenges.push({ scheme: scheme.toLowerCase(), parameters: parseParameters(cursor) });
  }
  return challenges;
}

function parseParameters(cursor: Cursor): Map<string, string> {
  const parameters = new Map<string, string>();
  for (;;) {
    const start = cursor.at;
    cursor.take(COMMAS);
    const name = cursor.take(TOKEN)?.toLowerCase();
    if (name === undefined || cursor.take(EQUALS) === undefined) {
      cursor.at = start; // the next scheme
      return parameters;
    }
    const value = cursor.take(QUOTED)?.replace(/\\(.)/g, "$1") ?? cursor.take(TOKEN);
    if (value === undefined) return parameters;
    if (!parameters.has(name)) parameters.set(name, value);
  }
}

class Cursor {
  at = 0;

  constructor(private readonly text: string) {}

  /** What `pattern` finds right here: its first group, or all of it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found[1] ?? found[0];
  }
}
