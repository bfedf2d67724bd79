/** Text as names of Windows are kept: UTF-8, in which a surrogate that stands alone is three bytes of its own (WTF-8). */

/** Of a surrogate that is no half of a pair. */
const ALONE = /\p{Surrogate}/u;

export function encodeWtf8(text: string): Buffer {
  if (!ALONE.test(text)) return Buffer.from(text);
  return Buffer.concat([...text].map(encodeCharacter));
}

function encodeCharacter(character: string): Buffer {
  if (!ALONE.test(character)) return Buffer.from(character);
  const unit = character.charCodeAt(0);
  return Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]);
}
