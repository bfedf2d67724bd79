/** Text of others in messages of ours: not for ever, and with nothing in it that a terminal would obey. */

const MOST_SHOWN = 200;

/** Controls, what turns the direction of writing, line ends of Unicode's own; and halves of characters. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

export function shown(text: string): string {
  const cut = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  return harmless(cut);
}

/** The whole of it. */
export function harmless(text: string): string {
  return text.replace(HARMFUL, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
