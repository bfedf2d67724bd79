/** What the footer of a VHD says, field by field. */
import { Account } from "../bytes/account";
import { be } from "../bytes/endian";
import { Footer, FOOTER_SIZE } from "./format";

export { FOOTER_SIZE };

/** @param raw  FOOTER_SIZE bytes */
export function accountOfFooter(account: Account, raw: usize): void {
  const footer = changetype<Footer>(raw);
  account.text("cookie", raw, 8);
  account.hex("features", be<u32>(footer.features), 1);
  account.hex("format version", be<u32>(footer.formatVersion), 8);
  account.hex("data offset", be<u64>(footer.dataOffset), 1);
  account.number("time, seconds since 2000", be<u32>(footer.timestamp));
  account.text("creator", raw + offsetof<Footer>("creatorApp"), 4);
  account.hex("creator's version", be<u32>(footer.creatorVersion), 8);
  account.text("creator's system", raw + offsetof<Footer>("creatorHost"), 4);
  account.number("original size", be<u64>(footer.originalSize));
  account.number("size", be<u64>(footer.currentSize));
  account.number("cylinders", be<u16>(footer.cylinders));
  account.number("heads", footer.heads);
  account.number("sectors of a track", footer.trackSectors);
  account.number("type of disk", be<u32>(footer.diskType));
  account.uuid("unique id", raw + offsetof<Footer>("id0"));
  account.number("saved state", footer.savedState);
  account.hex("checksum", be<u32>(footer.checksum), 8);
}
