/** The GUID of an image, made of what it holds and of its name: two images in one directory never share their region files. */
import { Fingerprint } from "../bytes/fingerprint";
import { formGuid } from "../bytes/uuid";
import { Sink } from "../sink";

/** Passes on what a region file is made of, and takes its fingerprint. Every piece but the last is whole pieces of 4096 bytes. */
export class FingerprintedSink extends Sink {
  readonly fingerprint: Fingerprint = new Fingerprint();

  constructor(private next: Sink) {
    super();
  }

  write(at: u64, from: usize, length: u32): void {
    this.fingerprint.add(at, from, length);
    this.next.write(at, from, length);
  }

  close(size: u64): void {
    this.next.close(size);
  }
}

/** @param guid  where the 16 bytes go */
export function computeGuid(guid: usize, metadata: Fingerprint, contents: Fingerprint, name: usize, nameLength: u32): void {
  metadata.addValue(contents.low, contents.high);
  metadata.addPiece(u64.MAX_VALUE - 1, name, nameLength);
  store<u64>(guid, metadata.low);
  store<u64>(guid, metadata.high, 8);
  formGuid(guid);
}
