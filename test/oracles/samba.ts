/** Samba: a reader of security descriptors, in binary and in words, that shares no code with us. */
import { PYTHON } from "./loop-mount.ts";
import { ask, run } from "./oracle.ts";

/** Takes lines of text, or of hexadecimal digits; gives each descriptor as Samba would write it. */
const SCRIPT = `
import sys
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
domain = security.dom_sid("S-1-5-21-1-2-3")
for line in sys.stdin.read().splitlines():
    if sys.argv[1] == "text":
        descriptor = security.descriptor.from_sddl(line, domain)
    else:
        descriptor = ndr_unpack(security.descriptor, bytes.fromhex(line))
    for acl in descriptor.dacl, descriptor.sacl:
        if acl: acl.revision = 4 # Windows gives 2 to lists that name no objects
    print(ndr_pack(descriptor).hex())
`;

const isMissing = run(PYTHON, ["-c", "import samba.dcerpc.security"]).status !== 0;

export const samba = {
  name: "Samba",
  missing: isMissing ? "Samba's Python modules are not installed (Debian: apt-get install python3-samba)" : undefined,

  /** What descriptors in words mean, in hexadecimal. Throws if one of them is none. */
  fromText(sddl: string[]): string[] {
    return ask(PYTHON, ["-c", SCRIPT, "text"], sddl.join("\n")).trimEnd().split("\n");
  },

  /** The same of descriptors in self-relative form. */
  fromBytes(descriptors: Uint8Array[]): string[] {
    const lines = descriptors.map((bytes) => Buffer.from(bytes).toString("hex"));
    return ask(PYTHON, ["-c", SCRIPT, "bytes"], lines.join("\n")).trimEnd().split("\n");
  },
};
