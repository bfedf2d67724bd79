/** Fixed VHD: the data unchanged, then one footer. */
import { ErrorCode } from "../abi";
import { be } from "../bytes/endian";
import { sha256 } from "../bytes/sha256";
import { fail } from "../host";
import { Sink } from "../sink";
import { Fingerprint } from "../bytes/fingerprint";
import { DiskType, Footer, FOOTER_SIZE, MAX_DISK_SIZE, SECTOR_SIZE } from "./format";
import { computeGeometry } from "./layout";

const footer = changetype<Footer>(memory.data(512, 8));
const seed = memory.data(24, 8);
const digest = memory.data(32, 8);

export class FixedVhd extends Sink {
  private fingerprint: Fingerprint = new Fingerprint();

  constructor(private next: Sink) {
    super();
  }

  write(at: u64, from: usize, length: u32): void {
    this.fingerprint.add(at, from, length);
    this.next.write(at, from, length);
  }

  /** @fails InvalidArgument  `size` is not whole sectors; OutOfRange  it is more than a VHD can have */
  close(size: u64): void {
    if (size % SECTOR_SIZE != 0) {
      fail(ErrorCode.InvalidArgument, `vhd: size ${size} is not a multiple of ${SECTOR_SIZE}`);
    }
    if (size > MAX_DISK_SIZE) fail(ErrorCode.OutOfRange, `vhd: size ${size} is past the limit of ${MAX_DISK_SIZE}`);
    encodeFooter(size, this.fingerprint);
    this.next.write(size, changetype<usize>(footer), FOOTER_SIZE);
    this.next.close(size + FOOTER_SIZE);
  }
}

function encodeFooter(size: u64, fingerprint: Fingerprint): void {
  const geometry = computeGeometry(size);
  footer.cookie = be<u64>(0x636f6e6563746978); // "conectix"
  footer.features = be<u32>(2);
  footer.formatVersion = be<u32>(0x0001_0000);
  footer.dataOffset = u64.MAX_VALUE;
  footer.creatorApp = be<u32>(0x77696e20); // "win ": qemu trusts currentSize only from creators it knows
  footer.creatorVersion = be<u32>(0x000a_0000);
  footer.creatorHost = be<u32>(0x5769326b); // "Wi2k"
  footer.originalSize = be<u64>(size);
  footer.currentSize = be<u64>(size);
  footer.cylinders = be<u16>(<u16>geometry.cylinders);
  footer.heads = <u8>geometry.heads;
  footer.trackSectors = <u8>geometry.trackSectors;
  footer.diskType = be<u32>(DiskType.Fixed);
  encodeId(size, fingerprint);
  footer.checksum = 0;
  footer.checksum = be<u32>(checksum()); // last: it covers every field above
}

/** Where others draw a random id, equal content has an equal one. The form is that of a version 8 UUID (RFC 9562). */
function encodeId(size: u64, fingerprint: Fingerprint): void {
  store<u64>(seed, fingerprint.low);
  store<u64>(seed + 8, fingerprint.high);
  store<u64>(seed + 16, size);
  sha256(seed, 24, digest);
  store<u8>(digest + 6, (load<u8>(digest + 6) & 0x0f) | 0x80);
  store<u8>(digest + 8, (load<u8>(digest + 8) & 0x3f) | 0x80);
  memory.copy(changetype<usize>(footer) + offsetof<Footer>("id0"), digest, 16);
}

/** One's complement of the sum of the footer's bytes, its own field still zero. */
function checksum(): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < FOOTER_SIZE; i++) sum += load<u8>(changetype<usize>(footer) + i);
  return ~sum;
}
