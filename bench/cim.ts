/** Measures how CIMs are made, beside `cp` of the same tar: `npm run bench:cim`. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CIM_BYTES_A_FILE_BAR, CIM_CP_BAR } from "./bars.ts";
import { few } from "./inputs/few.ts";
import type { Made } from "./inputs/input.ts";
import { tiny } from "./inputs/tiny.ts";
import { writeWindowsBase } from "./inputs/windows-base.ts";
import { describeMachine } from "./machine.ts";
import { chooseMeter } from "./meter.ts";
import { type Measured, measureInRounds, medianOf, peakOf } from "./rounds.ts";
import { say } from "./say.ts";
import { MAIN, type Tool } from "./tools.ts";

const ROUNDS = 5;
const MIB = 2 ** 20;

/** Where there is one, on no disk: what is measured there is `fsync`, which `cp` leaves out. */
const SHARED_MEMORY = "/dev/shm";
const folder = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), "layerkiln-cim-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string): string => join(folder, name);
const output = inFolder("output");
const meter = chooseMeter(inFolder("cost"));

const cim = (layer: string): string[] => [process.execPath, MAIN, "cim", layer, "-o", output, "--name", "image"];

interface Input {
  name: string;
  /** Whether it is held against `cp`; else what its files take of memory is judged. */
  isLarge?: boolean;
  make(path: string): Made | Promise<Made>;
}

/** The large one first: by it memory is judged. */
const INPUTS: Input[] = [
  { name: "few", isLarge: true, make: (path) => few.make(path, folder) },
  { name: "windows base", make: writeWindowsBase },
  { name: "tiny", make: (path) => tiny.make(path, folder) },
];

const verdict = (isMet: boolean): string => (isMet ? "met" : "**missed**");
const inMib = (bytes: number): string => String(Math.round(bytes / MIB));
const row = (...cells: string[]): string => `| ${cells.join(" | ")} |`;

/** @param floor  peak memory of an image of few files, however large. Bytes */
function rows({ name, isLarge }: Input, { entries }: Made, [cp, ours]: [Measured, Measured], floor: number): string[] {
  const ratio = medianOf(ours) / medianOf(cp);
  const bytesAFile = Math.round((peakOf(ours) - floor) / entries);
  const met = verdict(isLarge ? ratio <= CIM_CP_BAR : bytesAFile <= CIM_BYTES_A_FILE_BAR);
  const ratioBar = isLarge ? `, ≤ ${CIM_CP_BAR}: ${met}` : "";
  const memoryBar = isLarge ? "" : ` (${bytesAFile} bytes a file, ≤ ${CIM_BYTES_A_FILE_BAR}: ${met})`;
  const cells = [
    medianOf(ours).toFixed(2),
    `${ratio.toFixed(2)} × cp${ratioBar}`,
    `${inMib(peakOf(ours))}${memoryBar}`,
  ];
  return [row(name, "cp", medianOf(cp).toFixed(2), "", inMib(peakOf(cp))), row("", "layerkiln cim", ...cells)];
}

const lines: string[] = [];
const descriptions: string[] = [];
let floor = 0;
for (const input of INPUTS) {
  const tar = inFolder("layer.tar");
  say(`${input.name}: making the tar`);
  const made = await input.make(tar);
  const tools: Tool[] = [
    { name: "cp", command: ["cp", tar, output] },
    { name: "layerkiln cim", command: cim(tar) },
  ];
  const [cp, ours] = await measureInRounds(tools, ROUNDS, { meter, output, label: input.name });
  floor ||= peakOf(ours!);
  lines.push(...rows(input, made, [cp!, ours!], floor));
  descriptions.push(`- ${input.name}: ${made.description}`);
  for (const path of [tar, output]) rmSync(path, { recursive: true, force: true });
}

const { cpu, cores, kernel, node, layerkiln } = describeMachine();
process.stdout.write(`${cpu}, ${cores} cores, ${kernel}, Node ${node}, layerkiln ${layerkiln}\n\n`);
process.stdout.write("| input | tool | CPU, s | ratio | peak RSS, MiB |\n|---|---|--:|---|---|\n");
process.stdout.write(`${lines.join("\n")}\n\n${descriptions.join("\n")}\n`);
