/**
 * Volumes that CIMs are mounted as. Whoever mounts says the volume's GUID, and needs it to dismount: so it follows from a name
 * that another process knows too.
 *
 * Source: hcsshim, internal/wclayer/cim/mount.go, whose name is the container's id; RFC 9562, section 5.5.
 */
import { createHash } from "node:crypto";

/** As hcsshim's program has it; a comment of theirs says another. */
const NAMESPACE = Buffer.from("6827367bc3884e9b961c6d2c936c0000", "hex");

/** @returns a GUID, such as "738f7a76-5f2d-5fc5-aa43-120530a48964" of "test" */
export function volumeIdOf(name: string): string {
  const bytes = createHash("sha1").update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50; // version 5
  bytes[8] = (bytes[8]! & 0x3f) | 0x80; // the variant of RFC 9562
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @param id  a GUID */
export const volumePath = (id: string): string => `\\\\?\\Volume{${id}}\\`;
