/** Fixed VHD, the other way: the data is all but the footer. */
import { ErrorCode } from "../abi";
import { be } from "../bytes/endian";
import { fail } from "../host";
import { PartSource, Source } from "../source";
import { DiskType, Footer, FOOTER_SIZE } from "./format";

const footer = changetype<Footer>(memory.data(512, 8));

/** "conectix" */
const COOKIE: u64 = 0x636f6e6563746978;

/**
 * The disk in a fixed VHD; null: `source` is none.
 *
 * @fails Corrupt  the footer is damaged, or says more than there is
 */
export function openFixedVhd(source: Source): Source | null {
  const size = source.size;
  if (size < FOOTER_SIZE) return null;
  source.read(size - FOOTER_SIZE, changetype<usize>(footer), FOOTER_SIZE);
  if (be<u64>(footer.cookie) != COOKIE || be<u32>(footer.diskType) != DiskType.Fixed) return null;
  const stored = be<u32>(footer.checksum);
  const computed = checksum();
  if (stored != computed) {
    fail(ErrorCode.Corrupt, `vhd: footer: checksum 0x${stored.toString(16)}, computed 0x${computed.toString(16)}`);
  }
  const diskSize = be<u64>(footer.currentSize);
  if (diskSize > size - FOOTER_SIZE) {
    fail(ErrorCode.Corrupt, `vhd: footer: a disk of ${diskSize} bytes in a file of ${size}`);
  }
  return new PartSource(source, diskSize);
}

/** One's complement of the sum of the footer's bytes, its own field as zero. */
function checksum(): u32 {
  const stored = footer.checksum;
  footer.checksum = 0;
  let sum: u32 = 0;
  for (let i: u32 = 0; i < FOOTER_SIZE; i++) sum += load<u8>(changetype<usize>(footer) + i);
  footer.checksum = stored;
  return ~sum;
}
