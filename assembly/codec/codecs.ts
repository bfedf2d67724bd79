/** The codecs that are read. */
import { Codec, ErrorCode } from "../abi";
import { fail } from "../host";
import { Decompressor } from "./decompressor";
import { Gunzip } from "./gunzip";
import { isZlib, Unzlib } from "./unzlib";
import { isZstd } from "./zstd/format";
import { Unzstd } from "./zstd/unzstd";

/** Bytes that tell what it is. */
const HEAD_SIZE: u32 = 4;

const GZIP_MAGIC: u16 = 0x8b1f;

/** What the first bytes of a stream say that it is; 0: none of these. A tar's first name may have the letters of zlib's header. */
export function codecOf(head: usize, length: u32): u32 {
  if (length >= 2 && load<u16>(head) == GZIP_MAGIC) return Codec.Gzip;
  if (length >= HEAD_SIZE && isZstd(load<u32>(head))) return Codec.Zstd;
  return length >= 2 && isZlib(load<u8>(head), load<u8>(head, 1)) ? Codec.Zlib : 0;
}

/** For one stream, one at a time. @fails InvalidArgument  no such codec */
export function startDecompressor(codec: Codec): Decompressor {
  switch (codec) {
    case Codec.Gzip:
      return new Gunzip();
    case Codec.Zstd:
      return new Unzstd();
    case Codec.Zlib:
      return new Unzlib();
  }
  fail(ErrorCode.InvalidArgument, `core: no codec ${codec}`);
  return new Gunzip();
}
