/** How bytes come into a core that makes an image: through one buffer, plain or compressed. */
import { Codec, ErrorCode } from "./abi";
import { Decompressor } from "./codec/decompressor";
import { startDecompressor } from "./codec/codecs";
import { fail } from "./host";

/** Bytes that are taken at a time. Measured: reads of 256 KiB to 1 MiB are best, 8 MiB cost a quarter more. */
const INPUT_SIZE: u32 = 512 * 1024;
const inputBuffer = memory.data(512 * 1024, 16);

/** The stream at hand, from its first piece to `finishCompressed`. */
let stream: Decompressor | null = null;
/** Bytes of the piece that `decompress` made last. */
let pieceLength: u32 = 0;

/** Address of the input buffer, 512 KiB. */
export function input(): usize {
  return inputBuffer;
}

/** @fails InvalidArgument  the buffer is smaller */
export function checkInput(length: u32): void {
  if (length > INPUT_SIZE) fail(ErrorCode.InvalidArgument, `core: ${length} bytes in a buffer of ${INPUT_SIZE}`);
}

/**
 * Takes `length` compressed bytes from the input buffer, which stays as it is until `decompress` has used them up. The first
 * begin a stream, and say by `codec` what it is.
 *
 * @fails InvalidArgument  no such codec
 */
export function give(codec: Codec, length: u32): void {
  checkInput(length);
  const current = stream || startDecompressor(codec);
  stream = current;
  current.give(inputBuffer, length);
}

/**
 * Decompresses the next piece.
 *
 * @returns bytes at `decompressed()`, until the next call; 0: what was given is used up
 * @fails Corrupt, Unsupported
 */
export function decompress(): u32 {
  pieceLength = given().next();
  return pieceLength;
}

/** Address of the piece. */
export function decompressed(): usize {
  return given().piece;
}

/** Bytes of the piece. */
export function decompressedLength(): u32 {
  return pieceLength;
}

/** The stream ends here; what is given from here on is another. @fails Corrupt  it breaks off */
export function finishCompressed(): void {
  given().finish();
  stream = null;
}

function given(): Decompressor {
  if (!stream) fail(ErrorCode.InvalidArgument, "core: no compressed bytes were given");
  return stream as Decompressor;
}
