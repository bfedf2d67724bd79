/** The files of a CIM in one tar, under the names that they have in a directory: equal CIMs, equal bytes. */
import { BLOCK_SIZE, encodeEntry, padding } from "../archive/pax.ts";
import { utf8Of } from "../bytes.ts";
import type { CimMember } from "./cim-members.ts";

const MODE = 0o644;

/** The tar, piece by piece: windows, valid until the next one is asked for. */
export function* cimTar(members: Iterable<CimMember>): Generator<Uint8Array> {
  for (const member of members) {
    const { name, link } = member;
    const owner = { name: utf8Of(name), mode: MODE, uid: 0, gid: 0, mtime: 0n };
    if (link !== undefined) yield encodeEntry({ ...owner, type: "hardlink", size: 0, target: utf8Of(link) });
    else {
      yield encodeEntry({ ...owner, type: "file", size: member.size });
      yield* member.read();
      yield padding(member.size);
    }
  }
  yield new Uint8Array(2 * BLOCK_SIZE);
}
