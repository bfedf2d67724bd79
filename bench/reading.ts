/** Measures how images are read: `npm run bench:reading`. For the bars of writing, see run.ts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { TarWriter } from "./inputs/tar-writer.ts";
import { describeMachine } from "./machine.ts";
import { chooseMeter } from "./meter.ts";
import { type Measured, measureInRounds, medianOf, peakOf } from "./rounds.ts";
import { layerkiln, MAIN, type Tool } from "./tools.ts";

const ROUNDS = 5;
const DIRECTORIES = 1000;
const FILES_A_DIRECTORY = 100;
const LARGE = 512 * 2 ** 20;

/** What a listing of 100,000 files may take. CPU, seconds. */
const LIST_BAR = 1;

const folder = mkdtempSync(join(tmpdir(), "layerkiln-reading-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string): string => join(folder, name);

async function makeImage(name: string, fill: (tar: TarWriter) => void): Promise<string> {
  const tar = new TarWriter(inFolder("layer.tar"));
  fill(tar);
  tar.close();
  const image = inFolder(name);
  await runCommand(layerkiln(inFolder("layer.tar"), image));
  return image;
}

const many = await makeImage("many.ext4", (tar) => {
  for (let directory = 0; directory < DIRECTORIES; directory++) {
    tar.directory(`d${directory}`);
    for (let file = 0; file < FILES_A_DIRECTORY; file++) tar.file(`d${directory}/file-${file}`, Buffer.from(`${file}`));
  }
});
const large = await makeImage("large.ext4", (tar) => tar.file("large", Buffer.alloc(LARGE, "layerkiln ")));
const plain = inFolder("layer.tar"); // as good as the file for `cat`

const ours = (...words: string[]): string[] => [process.execPath, MAIN, ...words];
const TOOLS: Tool[] = [
  { name: "layerkiln ls (start)", command: ours("ls", large) },
  { name: "layerkiln ls -R, 100,000 files", command: ours("ls", "-R", many) },
  { name: "layerkiln ls -lR, 100,000 files", command: ours("ls", "-lR", many) },
  { name: "layerkiln inspect, 100,000 files", command: ours("inspect", many) },
  { name: "layerkiln cat, 512 MiB", command: ours("cat", large, "large") },
  { name: "cat of a file, 512 MiB", command: ["cat", plain] },
];

const meter = chooseMeter(inFolder("cost"));
const measured = await measureInRounds(TOOLS, ROUNDS, { meter, output: inFolder("output"), label: "reading" });
const row = (each: Measured): string => {
  const cpu = medianOf(each);
  const bar = each.tool.name.includes("ls -R") ? `≤ ${LIST_BAR}: ${cpu <= LIST_BAR ? "met" : "**missed**"}` : "";
  return `| ${each.tool.name} | ${cpu.toFixed(3)} | ${Math.round(peakOf(each) / 2 ** 20)} | ${bar} |`;
};
const { cpu, cores, kernel, node, layerkiln: version } = describeMachine();
process.stdout.write(
  `${cpu}, ${cores} cores, ${kernel}, Node ${node}, layerkiln ${version}\n\n| | CPU, s | peak RSS, MiB | bar |\n|---|--:|--:|---|\n`,
);
process.stdout.write(`${measured.map(row).join("\n")}\n`);
