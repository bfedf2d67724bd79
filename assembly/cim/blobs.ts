/** Bytes of files beside their contents: security descriptors, extended attributes, reparse data. */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Blob, WindowsFile } from "../tree/windows/file";
import { MetadataRegion } from "./metadata-region";

/** What a field of 16 bits can say. Bytes. */
const MAX_BLOB: u32 = 65_535;

/** Writes what the file has and what stands nowhere yet, and notes where. */
export function writeBlobs(file: WindowsFile, region: MetadataRegion): void {
  const eas = file.eas;
  if (eas && isNew(eas, "extended attributes", region)) region.append(eas.at, eas.length);
  const reparse = file.reparse;
  if (reparse && isNew(reparse, "reparse data", region)) appendCounted(reparse, region);
  const descriptor = file.securityDescriptor;
  if (descriptor && isNew(descriptor, "a security descriptor", region)) appendCounted(descriptor, region);
}

/** Whether the blob has to be written; then its object has begun. */
function isNew(blob: Blob, what: string, region: MetadataRegion): bool {
  if (blob.place != 0) return false;
  if (blob.length > MAX_BLOB) fail(ErrorCode.OutOfRange, `cim: ${what} of ${blob.length} bytes, past ${MAX_BLOB}`);
  blob.place = region.startObject();
  return true;
}

function appendCounted(blob: Blob, region: MetadataRegion): void {
  region.append16(<u16>blob.length);
  region.append(blob.at, blob.length);
}
