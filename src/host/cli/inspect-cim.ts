/** `layerkiln inspect` of a CIM. */
import type { CimBytes, CimInspection, RegionSet } from "../cim/windows-stats.ts";
import { formatBytes } from "./byte-count.ts";
import { stdout } from "./output.ts";

const KINDS: [kind: keyof CimBytes, words: string][] = [
  ["content", "content of files"],
  ["streams", "alternate streams"],
  ["directories", "directories"],
  ["securityDescriptors", "security descriptors"],
  ["extendedAttributes", "extended attributes"],
  ["reparse", "reparse data"],
  ["streamTables", "tables of streams"],
  ["peImages", "layouts of programs"],
  ["fileTables", "file tables"],
  ["upcase", "upcase table"],
];

export function printCim(path: string, inspection: CimInspection): void {
  const { version, size, regionSet, parents, files, directories, alternateStreams, reparsePoints } = inspection;
  const row = (label: string, text: string) => stdout.write(`${label.padEnd(12)}${text}\n`);
  const bytes = (count: number) => `${count} bytes (${formatBytes(count)})`;
  row("image", `${path}, with its regions ${bytes(size)}`);
  row("filesystem", `CIM ${version}`);
  row("regions", describeSet(regionSet));
  for (const parent of parents) row("parent", describeSet(parent));
  row("files", `${files} in ${directories} directories, file tables: ${inspection.fileTables}`);
  row("also", `${alternateStreams} alternate streams, ${reparsePoints} reparse points`);
  const lines = KINDS.map(([kind, words]) => [words, String(inspection.bytes[kind])] as const);
  const width = Math.max(...lines.map(([, count]) => count.length));
  stdout.write(`\n${lines.map(([words, count]) => `${words.padEnd(22)}${count.padStart(width)}`).join("\n")}\n`);
}

function describeSet({ guid, regions, size }: RegionSet): string {
  return `${regions} of set ${guid}, ${size} bytes`;
}
