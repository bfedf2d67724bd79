/** The footer of a VHD, which a dynamic one has twice. */
import { be } from "../bytes/endian";
import { Fingerprint } from "../bytes/fingerprint";
import { sha256 } from "../bytes/sha256";
import { formUuid } from "../bytes/uuid";
import { computeChecksum, DiskType, Footer, FOOTER_COOKIE, FOOTER_SIZE, FORMAT_VERSION } from "./format";
import { computeGeometry } from "./layout";

const seed = memory.data(24, 8);
const digest = memory.data(32, 8);

/**
 * @param to           FOOTER_SIZE zero bytes
 * @param dataOffset   byte of the file where a dynamic disk's header stands; all ones in a fixed disk
 * @param fingerprint  of the disk's content
 */
export function encodeFooter(to: usize, type: DiskType, dataOffset: u64, size: u64, fingerprint: Fingerprint): void {
  const footer = changetype<Footer>(to);
  const geometry = computeGeometry(size);
  footer.cookie = be<u64>(FOOTER_COOKIE);
  footer.features = be<u32>(2);
  footer.formatVersion = be<u32>(FORMAT_VERSION);
  footer.dataOffset = be<u64>(dataOffset);
  footer.creatorApp = be<u32>(0x77696e20); // "win ": qemu trusts currentSize only from creators it knows
  footer.creatorVersion = be<u32>(0x000a_0000);
  footer.creatorHost = be<u32>(0x5769326b); // "Wi2k"
  footer.originalSize = be<u64>(size);
  footer.currentSize = be<u64>(size);
  footer.cylinders = be<u16>(<u16>geometry.cylinders);
  footer.heads = <u8>geometry.heads;
  footer.trackSectors = <u8>geometry.trackSectors;
  footer.diskType = be<u32>(type);
  encodeId(to + offsetof<Footer>("id0"), size, fingerprint);
  // Last: it covers every field above.
  footer.checksum = be<u32>(computeChecksum(to, FOOTER_SIZE, to + offsetof<Footer>("checksum")));
}

function encodeId(to: usize, size: u64, fingerprint: Fingerprint): void {
  store<u64>(seed, fingerprint.low);
  store<u64>(seed + 8, fingerprint.high);
  store<u64>(seed + 16, size);
  sha256(seed, 24, digest);
  formUuid(digest);
  memory.copy(to, digest, 16);
}
