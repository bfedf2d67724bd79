/** Measures how a container image becomes a root filesystem, beside umoci and mke2fs: `npm run bench:image`. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { MKE2FS_BAR } from "./bars.ts";
import { rootfs } from "./inputs/rootfs.ts";
import { describeMachine } from "./machine.ts";
import { chooseMeter } from "./meter.ts";
import { measureInRounds, medianOf, peakOf } from "./rounds.ts";
import { say } from "./say.ts";
import { MAIN, type Tool } from "./tools.ts";

const ROUNDS = 5;
const MIB = 2 ** 20;

/** What later steps of a build do to a system: programs come, others are replaced or go. */
const CHANGES = [
  "mkdir opt/app; head -c 20000000 usr/lib/x86_64-linux-gnu/libc.so.6 > opt/app/program; cp -a usr/share/doc opt/app",
  "rm -r usr/share/doc usr/share/man usr/share/locale",
  "head -c 30000000 /dev/urandom > opt/app/program; echo app > etc/hostname",
  "chmod -R g-w usr/lib; rm -r opt/app/doc",
];

/** On no disk, where there is such a place: what is measured there is `fsync`, which others leave out. */
const SHARED_MEMORY = "/dev/shm";
const folder = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), "layerkiln-image-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string): string => join(folder, name);
const layout = inFolder("layout");
const output = inFolder("output");
const bundle = inFolder("bundle");
const image = `${layout}:image`;

function run(program: string, ...words: string[]): void {
  execFileSync(program, words, { stdio: ["ignore", "ignore", "inherit"] });
}

/** An image of Debian and four layers more, each compressed with gzip. @returns what it is, in words */
async function makeImage(): Promise<string> {
  const tar = inFolder("base.tar");
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "layerkiln-bench");
  const { description } = await rootfs.make(tar, cache);
  run("umoci", "init", "--layout", layout);
  run("umoci", "new", "--image", image);
  run("umoci", "raw", "add-layer", "--image", image, tar);
  rmSync(tar);
  for (const change of CHANGES) {
    run("umoci", "unpack", "--image", image, bundle);
    execFileSync("sh", ["-euc", change], { cwd: join(bundle, "rootfs") });
    run("umoci", "repack", "--image", image, bundle);
    rmSync(bundle, { recursive: true });
  }
  return description;
}

/** Bytes that the tree takes, and what mke2fs must be told to have room for it. */
function sizeOfTree(): number {
  run("umoci", "unpack", "--image", image, bundle);
  const kib = Number.parseInt(execFileSync("du", ["-sk", join(bundle, "rootfs")], { encoding: "utf8" }), 10);
  rmSync(bundle, { recursive: true });
  return Math.ceil(1.15 * kib) + 64 * 1024;
}

const row = (...cells: string[]): string => `| ${cells.join(" | ")} |`;

mkdirSync(folder, { recursive: true });
say("making the container image");
const description = await makeImage();
const others = `rm -rf "$2"; umoci unpack --image "$0" "$2" && mke2fs -q -F -t ext4 -d "$2/rootfs" "$1" ${sizeOfTree()}k`;
const tools: Tool[] = [
  { name: "umoci unpack, mke2fs -d", command: ["sh", "-euc", others, image, output, bundle] },
  { name: "layerkiln rootfs", command: [process.execPath, MAIN, "rootfs", layout, "-o", output] },
];
const meter = chooseMeter(inFolder("cost"));
const [theirs, ours] = await measureInRounds(tools, ROUNDS, { meter, output, label: "image" });
const ratio = medianOf(ours!) / medianOf(theirs!);
const inMib = (bytes: number): string => String(Math.round(bytes / MIB));

const { cpu, cores, kernel, node, layerkiln } = describeMachine();
process.stdout.write(`${cpu}, ${cores} cores, ${kernel}, Node ${node}, layerkiln ${layerkiln}\n\n`);
process.stdout.write(`| tool | CPU, s | ratio | peak RSS, MiB |
|---|--:|---|--:|
${row(tools[0]!.name, medianOf(theirs!).toFixed(2), "", inMib(peakOf(theirs!)))}
${row(tools[1]!.name, medianOf(ours!).toFixed(2), `${ratio.toFixed(2)} ×, ≤ ${MKE2FS_BAR}: ${ratio <= MKE2FS_BAR ? "met" : "**missed**"}`, inMib(peakOf(ours!)))}

- ${description}, and four layers more, compressed with gzip
`);
