import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { times } from "../fixtures/runs.ts";
import { compileProbe, startProbe } from "./probe.ts";

/** Four directories, and in them files under names that the host puts at `name()`. Inodes are numbered from 4 on; 0: none. */
const TREE = await compileProbe(`
  import { Inode, Name } from "./assembly/tree/inode";
  import { DIRECTORY } from "./assembly/tree/mode";
  import { Tree } from "./assembly/tree/tree";

  const tree = new Tree(0, 10_000);
  const buffer = memory.data(64);
  const directories: Inode[] = [tree.root, tree.makeInode(1), tree.makeInode(2), tree.makeInode(3)];
  for (let i = 0; i < directories.length; i++) directories[i].mode = DIRECTORY;
  let last: u32 = 3;

  export function name(): usize { return buffer; }
  export function find(directory: u32, length: u32): u32 {
    const found = tree.find(directories[directory], buffer, length);
    return found ? found.inode.number : 0;
  }
  export function insert(directory: u32, length: u32): u32 {
    tree.insert(directories[directory], buffer, length, tree.makeInode(++last));
    return last;
  }
  export function merge(lower: u32): void {
    let name: Name | null = directories[lower].firstName;
    while (name) {
      const following: Name | null = name.next;
      if (!tree.find(tree.root, name.bytes, name.length)) tree.move(name, tree.root);
      name = following;
    }
  }
  export function listed(directory: u32): u32 {
    let count: u32 = 0;
    for (let name = directories[directory].firstName; name; name = (name as Name).next) count++;
    return count;
  }
`);

const tree = suite("core: tree");

type Step = [what: "enter" | "ask" | "merge", directory: number, name: string];

/** Short ones over few letters, so that they meet and begin alike. */
const names = fc.stringMatching(/^[ab.]{1,5}$/);
const steps = fc.array(
  fc.tuple(fc.constantFrom<Step[0]>("enter", "enter", "enter", "enter", "ask", "merge"), fc.nat(3), names),
  { maxLength: 100 },
);
const byName = ([, , a]: Step, [, , b]: Step): number => (a < b ? -1 : a > b ? 1 : 0);
/** As archivers have them, each name behind the last one; here and there one that is not. */
const almostInOrder = fc
  .tuple(steps, fc.array(fc.tuple(fc.nat(99), fc.nat(99)), { maxLength: 3 }))
  .map(([list, moves]) => {
    const sorted = list.toSorted(byName);
    for (const [from, to] of moves) sorted.splice(to, 0, ...sorted.splice(from, 1));
    return sorted;
  });

async function holdAgainstMaps(list: Step[]): Promise<void> {
  const core = await startProbe(TREE);
  const call = (what: "find" | "insert", directory: number, name: string): number => {
    Buffer.from(core.memory.buffer, Number(core.name!()), 64).write(name);
    return Number(core[what]!(directory, name.length));
  };
  const root = new Map<string, number>();
  const lower: (Map<string, number> | undefined)[] = [root, new Map(), new Map(), new Map()];
  for (const [what, directory, name] of list) {
    const names = lower[directory];
    if (names === undefined) continue;
    if (what === "merge" && names !== root) {
      core.merge!(directory);
      for (const [name, inode] of names) if (!root.has(name)) root.set(name, inode);
      lower[directory] = undefined; // it is given up
      continue;
    }
    if (what === "enter" && !names.has(name)) names.set(name, call("insert", directory, name));
    else assert.is(call("find", directory, name), names.get(name) ?? 0, `"${name}" in ${directory}`);
  }
  for (const [directory, names] of lower.entries()) {
    if (names === undefined) continue;
    assert.is(Number(core.listed!(directory)), names.size);
    for (const [name, inode] of names) assert.is(call("find", directory, name), inode, `"${name}" in ${directory}`);
  }
}

for (const [how, lists] of [
  ["in any order", steps],
  ["in the order of names", steps.map((list) => list.toSorted(byName))],
  ["almost in the order of names", almostInOrder],
] as const) {
  tree(`finds what was entered, and nothing else: ${how}`, () =>
    fc.assert(fc.asyncProperty(lists, holdAgainstMaps), times(400)),
  );
}

tree.run();
