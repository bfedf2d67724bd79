/**
 * Measures snapshots over a socket: `npm run bench:snapshots`, as root. Ours beside containerd's own overlayfs, by turns; all
 * calls wait for the disk under the temp folder, where they change something.
 */
import { readFileSync } from "node:fs";
import { RemoteSnapshotter } from "../src/host/grpc/remote-snapshotter.ts";
import type { Snapshotter } from "../src/host/snapshots/snapshotter.ts";
import { Containerd, containerd } from "../test/oracles/containerd.ts";
import { layerkiln, ServerProcess } from "../test/oracles/layerkiln.ts";
import { ask } from "../test/oracles/oracle.ts";
import { describeMachine } from "./machine.ts";
import { say } from "./say.ts";

const ROUNDS = 5;
const CALLS = 100;
const MANY = 10_000;
/** Calls at a time where many snapshots are made: what is measured then is not the making. */
const AT_A_TIME = 32;
/** containerd keeps what this is on, of what nobody refers to. */
const KEPT = new Map([["containerd.io/gc.root", "bench"]]);

const OPERATIONS = ["prepare", "stat", "commit", "remove"] as const;
type Operation = (typeof OPERATIONS)[number];
type Rates = Record<Operation, number[]>;

/** One after the other, as one client does. Calls a second are added to `rates`. */
async function measure(snapshots: Snapshotter, rates: Rates, round: number): Promise<void> {
  const name = (index: number) => `bench-${round}-${index}`;
  const work: Record<Operation, (index: number) => Promise<unknown>> = {
    prepare: (index) => snapshots.prepare(`new ${name(index)}`, "base", { labels: KEPT }),
    stat: (index) => snapshots.stat(`new ${name(index)}`),
    commit: (index) => snapshots.commit(name(index), `new ${name(index)}`, { labels: KEPT }),
    remove: (index) => snapshots.remove(name(index)),
  };
  for (const operation of OPERATIONS) {
    const began = performance.now();
    for (let index = 0; index < CALLS; index++) await work[operation](index);
    rates[operation].push((CALLS * 1000) / (performance.now() - began));
  }
}

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

/** Of a process. MiB. */
function memoryOf(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kib) / 1024;
}

/** @param alone  a server that containerd does not know: it removes what it knows nothing of */
async function compare(store: Containerd, alone: ServerProcess): Promise<void> {
  const namespace = "bench";
  await store.ctr("namespaces", "create", namespace);
  const contestants = {
    "layerkiln, overlay": await RemoteSnapshotter.open(alone.address),
    "the same, through containerd": await RemoteSnapshotter.open(store.address, {
      snapshotter: "layerkiln-overlay",
      namespace,
    }),
    "containerd's overlayfs": await RemoteSnapshotter.open(store.address, { snapshotter: "overlayfs", namespace }),
  };
  const all = Object.entries(contestants).map(([name, snapshots]) => {
    const rates: Rates = { prepare: [], stat: [], commit: [], remove: [] };
    return { name, snapshots, rates };
  });
  for (const { snapshots } of all) {
    await snapshots.prepare("new base", "", { labels: KEPT });
    await snapshots.commit("base", "new base", { labels: KEPT });
  }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { snapshots, rates } of all) await measure(snapshots, rates, round);
    if (round === 0) for (const { rates } of all) for (const operation of OPERATIONS) rates[operation].length = 0;
    say(round === 0 ? "warm-up" : `round ${round} of ${ROUNDS}`);
  }
  process.stdout.write(`| calls a second | ${OPERATIONS.join(" | ")} |\n|---|--:|--:|--:|--:|\n`);
  for (const { name, snapshots, rates } of all) {
    const cells = OPERATIONS.map((operation) => Math.round(median(rates[operation])));
    process.stdout.write(`| ${name} | ${cells.join(" | ")} |\n`);
    await snapshots.close();
  }
}

/** What ten thousand snapshots cost the server. */
async function fill(server: ServerProcess): Promise<void> {
  const pid = server.daemon.pid;
  const snapshots = await RemoteSnapshotter.open(server.address);
  const before = memoryOf(pid);
  for (let from = 0; from < MANY; from += AT_A_TIME) {
    const names = Array.from({ length: Math.min(AT_A_TIME, MANY - from) }, (_, index) => `many ${from + index}`);
    await Promise.all(names.map((name) => snapshots.view(name, "")));
  }
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  const walk = await timed(async () => {
    for await (const _ of snapshots.walk());
  });
  const stat = await timed(async () => {
    for (let index = 0; index < CALLS; index++) await snapshots.stat(`many ${index * 97}`);
  });
  const remove = await timed(() => snapshots.remove("many 4711"));
  await snapshots.close();
  const lines = [
    `memory of the server: ${before.toFixed(0)} MiB before, ${memoryOf(pid).toFixed(0)} MiB with ${MANY} snapshots`,
    `a walk over them: ${walk.toFixed(0)} ms; stat: ${(stat / CALLS).toFixed(2)} ms; removal of one: ${remove.toFixed(1)} ms`,
  ];
  process.stdout.write(`\n${lines.map((line) => `- ${line}\n`).join("")}`);
}

const { cpu, cores, kernel, node, layerkiln: version } = describeMachine();
process.stdout.write(`${cpu}, ${cores} cores, ${kernel}, Node ${node}, layerkiln ${version}\n\n`);
await ServerProcess.with("overlay", [], async (server) => {
  const words = ["--snapshotter", "overlay", "--address", server.address, "--print-config"];
  const config = ask(process.execPath, [layerkiln, "serve", ...words]);
  await Containerd.with(containerd, config, (store) =>
    ServerProcess.with("overlay", [], (alone) => compare(store, alone)),
  );
});
await ServerProcess.with("overlay", [], fill);
