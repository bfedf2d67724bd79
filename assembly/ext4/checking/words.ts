/** What sentences have in common. */
import { quote } from "../../bytes/quote";
import { Finding } from "./findings";

/** Two sums that should be one. */
export function checksums(finding: Finding, what: string): string {
  return `${what} 0x${finding.found.toString(16)}, computed 0x${finding.expected.toString(16)}`;
}

/** The name of an entry or an attribute, as a terminal may show it. */
export function nameIn(finding: Finding): string {
  return finding.name != 0 ? quote(finding.name, finding.nameLength) : "";
}
