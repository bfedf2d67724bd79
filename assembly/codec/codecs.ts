/** The codecs that are read. */
import { Codec, ErrorCode } from "../abi";
import { fail } from "../host";
import { Decompressor } from "./decompressor";
import { Gunzip } from "./gunzip";

/** For one stream; of each codec, one at a time. @fails InvalidArgument  no such codec */
export function startDecompressor(codec: Codec): Decompressor {
  switch (codec) {
    case Codec.Gzip:
      return new Gunzip();
  }
  fail(ErrorCode.InvalidArgument, `core: no codec ${codec}`);
  return new Gunzip();
}
