/**
 * Ids that are made of content, where others draw them by lot: equal content has an equal one.
 *
 * Their form is that of a version 8 UUID. Source: RFC 9562, §4.1, §4.2, §5.8.
 */

/** Turns the 16 bytes at `at`, a part of a digest, into a UUID. */
export function formUuid(at: usize): void {
  setForm(at, 6);
}

/** The same for a GUID of Microsoft's, whose first three fields are little-endian. */
export function formGuid(at: usize): void {
  setForm(at, 7);
}

function setForm(at: usize, versionByte: usize): void {
  store<u8>(at + versionByte, (load<u8>(at + versionByte) & 0x0f) | 0x80);
  store<u8>(at + 8, (load<u8>(at + 8) & 0x3f) | 0x80);
}
