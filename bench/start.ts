/** What starting costs: the floor under each small layer. Run it with `node build/bench/start.js`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startCore } from "../src/host/core.ts";
import { describeMachine } from "./machine.ts";
import { chooseMeter } from "./meter.ts";
import { measureInRounds, medianOf } from "./rounds.ts";
import { layerkiln } from "./tools.ts";

const RUNS = 11;
const CORES = 101;
const MAIN = fileURLToPath(new URL("../cli/bin/main.js", import.meta.url));

async function measureProcesses(folder: string): Promise<string[]> {
  const [empty, output] = [join(folder, "empty.tar"), join(folder, "output")];
  writeFileSync(empty, new Uint8Array(1024));
  const tools = [
    { name: "node, bare", command: [process.execPath, "-e", "0"] },
    { name: "layerkiln --version", command: [process.execPath, MAIN, "--version"] },
    { name: "layerkiln ext4 of an empty tar", command: layerkiln(empty, output) },
  ];
  const measured = await measureInRounds(tools, RUNS, {
    meter: chooseMeter(join(folder, "cost")),
    output,
    label: "start",
  });
  return measured.map((one) => toLine(`${one.tool.name}, CPU time`, medianOf(one) * 1000));
}

/** In this process, on the clock. The first core is also read and compiled. */
async function measureCores(): Promise<string[]> {
  const times: number[] = [];
  for (let i = 0; i < CORES; i++) {
    const start = performance.now();
    await startCore(() => {});
    times.push(performance.now() - start);
  }
  const [first, ...later] = times;
  const median = later.sort((a, b) => a - b)[later.length >> 1]!;
  return [toLine("a process's first core, elapsed", first!), toLine("a later core, elapsed", median)];
}

function toLine(what: string, milliseconds: number): string {
  return `| ${what} | ${milliseconds.toFixed(2)} |`;
}

const folder = mkdtempSync(join(tmpdir(), "layerkiln-start-"));
try {
  const lines = [...(await measureProcesses(folder)), ...(await measureCores())];
  const { layerkiln, node, cpu } = describeMachine();
  process.stdout.write(`layerkiln ${layerkiln}, Node ${node}, ${cpu}, ${new Date().toISOString()}. Medians.

| what | ms |
|---|--:|
${lines.join("\n")}
`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
