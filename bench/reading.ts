/** Measures how images are read: `npm run bench:reading`. For the bars of writing, see run.ts. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXPORT_BAR } from "./bars.ts";
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

/** Where there is one, on no disk: an archive of ours is synced, which costs CPU time there, and one of `tar`'s is not. */
const SHARED_MEMORY = "/dev/shm";
const folder = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), "layerkiln-reading-"));
const mounts: string[] = [];
process.on("exit", () => {
  for (const at of mounts) spawnSync("umount", [at]);
  rmSync(folder, { recursive: true, force: true });
});
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
const output = inFolder("output");
const ours = (...words: string[]): string[] => [process.execPath, MAIN, ...words];

/** The image, mounted, or nothing where that is not allowed: without root. */
function mount(image: string): string | undefined {
  const at = `${image}.mount`;
  mkdirSync(at);
  if (spawnSync("mount", ["-o", "ro,loop", image, at], { stdio: "ignore" }).status !== 0) return undefined;
  mounts.push(at);
  return at;
}

/** `export`, and `tar c` of the mounted image, whose speed it is held against. */
function exportTools(what: string, image: string): Tool[] {
  const name = `layerkiln export, ${what}`;
  const tool: Tool = { name, command: ours("export", image, "-o", output) };
  const at = mount(image);
  if (at === undefined) return [tool];
  return [
    tool,
    { name: `tar c, ${what}`, command: ["tar", "-C", at, "-cf", output, "."], comparison: { yardstick: name } },
  ];
}

const TOOLS: Tool[] = [
  { name: "layerkiln ls (start)", command: ours("ls", large) },
  { name: "layerkiln ls -R, 100,000 files", command: ours("ls", "-R", many) },
  { name: "layerkiln ls -lR, 100,000 files", command: ours("ls", "-lR", many) },
  { name: "layerkiln inspect, 100,000 files", command: ours("inspect", many) },
  { name: "layerkiln cat, 512 MiB", command: ours("cat", large, "large") },
  { name: "cat of a file, 512 MiB", command: ["cat", plain] },
  ...exportTools("100,000 files", many),
  ...exportTools("512 MiB", large),
];

const meter = chooseMeter(inFolder("cost"));
const measured = await measureInRounds(TOOLS, ROUNDS, { meter, output, label: "reading" });
const row = (each: Measured): string => {
  const cpu = medianOf(each);
  const bar = each.tool.name.includes("ls -R") ? `≤ ${LIST_BAR}: ${verdict(cpu <= LIST_BAR)}` : ratioOf(each);
  return `| ${each.tool.name} | ${cpu.toFixed(3)} | ${Math.round(peakOf(each) / 2 ** 20)} | ${bar} |`;
};
/** A tool that something of ours is compared with: how many times as long it takes. */
function ratioOf({ tool, ...costs }: Measured): string {
  const yardstick = measured.find((other) => other.tool.name === tool.comparison?.yardstick);
  if (yardstick === undefined) return "";
  const ratio = medianOf({ tool, ...costs }) / medianOf(yardstick);
  return `${ratio.toFixed(2)} × export, ≥ ${EXPORT_BAR}: ${verdict(ratio >= EXPORT_BAR)}`;
}

function verdict(isMet: boolean): string {
  return isMet ? "met" : "**missed**";
}

const { cpu, cores, kernel, node, layerkiln: version } = describeMachine();
process.stdout.write(
  `${cpu}, ${cores} cores, ${kernel}, Node ${node}, layerkiln ${version}\n\n| | CPU, s | peak RSS, MiB | bar |\n|---|--:|--:|---|\n`,
);
process.stdout.write(`${measured.map(row).join("\n")}\n`);
