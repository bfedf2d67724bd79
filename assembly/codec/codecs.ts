/** The codecs that are read. */
import { Codec, ErrorCode } from "../abi";
import { fail } from "../host";
import { Decompressor } from "./decompressor";
import { Gunzip } from "./gunzip";
import { isZstd } from "./zstd/format";
import { Unzstd } from "./zstd/unzstd";

/** Bytes that tell what it is. */
export const HEAD_SIZE: u32 = 4;

const GZIP_MAGIC: u16 = 0x8b1f;

/** What the first bytes of a stream say that it is; 0: none of these. */
export function codecOf(head: usize, length: u32): u32 {
  if (length >= 2 && load<u16>(head) == GZIP_MAGIC) return Codec.Gzip;
  return length >= HEAD_SIZE && isZstd(load<u32>(head)) ? Codec.Zstd : 0;
}

/** For one stream; of each codec, one at a time. @fails InvalidArgument  no such codec */
export function startDecompressor(codec: Codec): Decompressor {
  switch (codec) {
    case Codec.Gzip:
      return new Gunzip();
    case Codec.Zstd:
      return new Unzstd();
  }
  fail(ErrorCode.InvalidArgument, `core: no codec ${codec}`);
  return new Gunzip();
}
