/** How bytes come into a core that makes an image: through one buffer, plain or as gzip. */
import { ErrorCode } from "./abi";
import { Gunzip } from "./codec/gunzip";
import { fail } from "./host";

/** Bytes that are taken at a time. Measured: reads of 256 KiB to 1 MiB are best, 8 MiB cost a quarter more. */
const INPUT_SIZE: u32 = 512 * 1024;
const inputBuffer = memory.data(512 * 1024, 16);

let gunzip: Gunzip | null = null;
/** Bytes of the piece that `inflate` made last. */
let pieceLength: u32 = 0;

/** Address of the input buffer, 512 KiB. */
export function input(): usize {
  return inputBuffer;
}

/** @fails InvalidArgument  the buffer is smaller */
export function checkInput(length: u32): void {
  if (length > INPUT_SIZE) fail(ErrorCode.InvalidArgument, `core: ${length} bytes in a buffer of ${INPUT_SIZE}`);
}

/** Takes `length` bytes of gzip from the input buffer, which stays as it is until `inflate` has used them up. */
export function giveGzip(length: u32): void {
  checkInput(length);
  let reader = gunzip;
  if (!reader) {
    reader = new Gunzip();
    gunzip = reader;
  }
  reader.give(inputBuffer, length);
}

/**
 * Decompresses the next piece.
 *
 * @returns bytes at `inflated()`, until the next call; 0: what was given is used up
 * @fails Corrupt
 */
export function inflate(): u32 {
  pieceLength = given().next();
  return pieceLength;
}

/** Address of the piece. */
export function inflated(): usize {
  return given().piece;
}

/** Bytes of the piece. */
export function inflatedLength(): u32 {
  return pieceLength;
}

/** There is no more gzip; what is given from here on is another stream. @fails Corrupt  it breaks off */
export function finishGzip(): void {
  given().finish();
  gunzip = null;
}

function given(): Gunzip {
  if (!gunzip) fail(ErrorCode.InvalidArgument, "core: no gzip was given");
  return gunzip as Gunzip;
}
