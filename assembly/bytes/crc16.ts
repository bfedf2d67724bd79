/** CRC-16, as ext4's older group descriptors have it. Source: ITU-T V.41, lowest bit first ("CRC-16/ARC"). */

const POLYNOMIAL: u32 = 0xa001;

/** The checksum of `length` bytes; for a few of them, bit by bit. @param crc  where it starts, or what comes before */
export function crc16(crc: u32, from: usize, length: u32): u32 {
  for (let at = from; at < from + length; at++) {
    crc ^= load<u8>(at);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return crc;
}
