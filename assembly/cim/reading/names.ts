/** Names in messages. */
import { ByteBuffer } from "../../bytes/memory";
import { quote } from "../../bytes/quote";
import { appendUtf8 } from "../../bytes/utf16";

/** In UTF-8, whatever it is. */
export function quoteName(name: usize, units: u32): string {
  const text = new ByteBuffer();
  appendUtf8(name, units, text);
  return quote(text.at, text.length);
}
