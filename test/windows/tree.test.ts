/** The tree of Windows' names: a map of names to files, whatever their case. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/index.ts";
import { type Probe, probe } from "../core/probe.ts";
import { random } from "../fixtures/random.ts";

const CALLS = `
  import { sipHash } from "./assembly/bytes/siphash";
  import { upcaseTable } from "./assembly/bytes/upcase";
  import { DIRECTORY } from "./assembly/tree/windows/attributes";
  import { WindowsFile, WindowsName } from "./assembly/tree/windows/file";
  import { WindowsMetadata } from "./assembly/tree/windows/metadata";
  import { WindowsTree } from "./assembly/tree/windows/tree";

  const metadata = new WindowsMetadata();
  let tree: WindowsTree | null = null;

  export function open(maxEntries: u32): usize {
    tree = new WindowsTree(upcaseTable(), maxEntries);
    return changetype<usize>(tree!.root);
  }
  export function room(length: u32): usize { return heap.alloc(length); }
  export function makeFile(isDirectory: bool): usize {
    const file = tree!.makeFile();
    metadata.attributes = isDirectory ? DIRECTORY : 0;
    tree!.describe(file, metadata);
    return changetype<usize>(file);
  }
  export function find(directory: usize, at: usize, units: u32): usize {
    return changetype<usize>(tree!.find(changetype<WindowsFile>(directory), at, units));
  }
  export function insert(directory: usize, at: usize, units: u32, file: usize): usize {
    return changetype<usize>(tree!.insert(changetype<WindowsFile>(directory), at, units, changetype<WindowsFile>(file)));
  }
  export function remove(name: usize): void { tree!.remove(changetype<WindowsName>(name)); }
  export function assign(name: usize, file: usize): void { tree!.assign(changetype<WindowsName>(name), changetype<WindowsFile>(file)); }
  export function respell(name: usize, from: usize): void { tree!.respell(changetype<WindowsName>(name), from); }
  export function fileOf(name: usize): usize { return changetype<usize>(changetype<WindowsName>(name).file); }
  export function spelling(name: usize): usize { return changetype<WindowsName>(name).at; }
  export function linkCount(file: usize): u32 { return changetype<WindowsFile>(file).linkCount; }
  export function nameCount(): u32 { return tree!.nameCount; }
  export function listed(directory: usize): u32 {
    let count: u32 = 0;
    let name = changetype<WindowsFile>(directory).firstName;
    while (name) {
      count++;
      name = name.next;
    }
    return count;
  }
  /** The next number from \`from\` on whose four bytes, as a descriptor, meet those of all others that this gives. */
  export function nextAlike(from: u32, at: usize): u32 {
    do store<u32>(at, ++from); while (<u32>sipHash(0, 0, at, 4) % 4096 != 0);
    return from;
  }
  export function descriptor(at: usize, number: u32): usize {
    store<u32>(at, number);
    return changetype<usize>(tree!.descriptor(at, 4));
  }
  /** Puts names of \`units\` units into a directory: all numbers from \`from\` to \`to\`. */
  export function insertNumbers(directory: usize, from: u32, to: u32, at: usize): void {
    for (let number = from; number < to; number++) {
      for (let i: u32 = 0; i < 8; i++) store<u16>(at + 2 * i, <u16>(0x41 + ((number >> (4 * i)) & 15)));
      insert(directory, at, 8, makeFile(false));
    }
  }
`;

const core: Probe = await probe(CALLS);
const call = (name: string, ...numbers: number[]): number => Number(core[name]!(...numbers)) >>> 0;
const room = call("room", 1024);

/** Puts the units of `name` into memory. */
function put(name: string): [at: number, units: number] {
  new Uint8Array(core.memory.buffer, room, 2 * name.length).set(Buffer.from(name, "utf16le"));
  return [room, name.length];
}

const test = suite("windows tree");

test("finds names whatever their case, by the rule that an image has", () => {
  const root = call("open", 10);
  const file = call("makeFile", 0);
  const name = call("insert", root, ...put("Straße ÿ ı 😀"), file);
  assert.is(call("find", root, ...put("sTRAßE Ÿ ı 😀")), name);
  assert.is(call("find", root, ...put("STRASSE Ÿ ı 😀")), 0);
  assert.is(call("find", root, ...put("STRAßE Ÿ I 😀")), 0, "a capital whose small letter is another");
  assert.is(call("find", root, ...put("Straße ÿ ı 😁")), 0);
  assert.is(call("find", file, ...put("Straße ÿ ı 😀")), 0, "in another directory");
});

test("a name changes hands and spelling, and is found as before", () => {
  const root = call("open", 10);
  const [one, other] = [call("makeFile", 0), call("makeFile", 0)];
  const name = call("insert", root, ...put("Readme"), one);
  call("assign", name, other);
  call("respell", name, put("README")[0]);
  assert.equal([call("linkCount", one), call("linkCount", other)], [0, 1]);
  assert.is(call("find", root, ...put("readme")), name);
  const bytes = Buffer.from(core.memory.buffer, call("spelling", name), 12);
  assert.is(bytes.toString("utf16le"), "README");
});

test("has no more names than asked for", () => {
  const root = call("open", 1);
  call("insert", root, ...put("a"), call("makeFile", 0));
  assert.throws(
    () => call("insert", root, ...put("b"), call("makeFile", 0)),
    (error: Error) => error instanceof ImageError && error.code === ErrorCode.OutOfRange,
  );
});

test("a directory that goes takes along what is in it, but for files with other names", () => {
  const root = call("open", 100);
  const [directory, inner, file] = [call("makeFile", 1), call("makeFile", 1), call("makeFile", 0)];
  const name = call("insert", root, ...put("d"), directory);
  call("insert", directory, ...put("inner"), inner);
  call("insert", inner, ...put("f"), file);
  call("insert", root, ...put("link"), file);
  assert.equal([call("nameCount"), call("linkCount", file)], [4, 2]);
  call("remove", name);
  assert.equal([call("nameCount"), call("linkCount", file), call("listed", root)], [1, 1, 1]);
  assert.is(call("find", inner, ...put("f")), 0);
});

test("descriptors that somebody made to meet are not all looked through", () => {
  call("open", 10);
  const first = call("nextAlike", 0, room);
  const blob = call("descriptor", room, first);
  let last = first;
  for (let count = 1; count < 1024; count++) {
    last = call("nextAlike", last, room);
    call("descriptor", room, last);
  }
  assert.is(call("descriptor", room, first), blob, "among the last 1024");
  const latest = call("descriptor", room, call("nextAlike", last, room));
  assert.is(call("descriptor", room, call("nextAlike", last, room)), latest);
  assert.is.not(call("descriptor", room, first), blob);
});

test("property: any names that come and go are those of a map", () => {
  for (let seed = 0; seed < 20; seed++) {
    const next = random(seed);
    const root = call("open", 1_000_000);
    const names = new Map<string, [name: number, file: number]>();
    const lengths = 1 + Math.floor(next() * 3);
    for (let step = 0; step < 3000; step++) {
      const text = Array.from({ length: 1 + (step % lengths) }, () =>
        String.fromCharCode(97 + Math.floor(next() * 26)),
      ).join("");
      const spelled = next() < 0.5 ? text : text.toUpperCase();
      const known = names.get(text);
      assert.is(call("find", root, ...put(spelled)), known?.[0] ?? 0);
      if (known === undefined) {
        const file = call("makeFile", 0);
        names.set(text, [call("insert", root, ...put(spelled), file), file]);
      } else if (next() < 0.7) {
        call("remove", known[0]);
        names.delete(text);
        assert.is(call("linkCount", known[1]), 0);
      }
    }
    assert.equal([call("nameCount"), call("listed", root)], [names.size, names.size]);
    for (const [text, [name, file]] of names) {
      assert.is(call("find", root, ...put(text)), name);
      assert.is(call("fileOf", name), file);
    }
  }
});

test("two hundred thousand names take less than sixty megabytes, and a directory of them goes at once", () => {
  const root = call("open", 1_000_000);
  const before = core.memory.buffer.byteLength;
  const directory = call("makeFile", 1);
  const name = call("insert", root, ...put("d"), directory);
  core.insertNumbers!(directory, 0, 200_000, room);
  const taken = core.memory.buffer.byteLength - before;
  assert.ok(taken < 60_000_000, `${taken} bytes`);
  assert.ok(call("find", directory, ...put("pbcbaaaa")) !== 0);
  call("remove", name);
  assert.is(call("nameCount"), 0);
});

test.run();
