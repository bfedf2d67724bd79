/** The commands that look into a CIM, run as people run them. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type BuiltCim, type BuiltNode, buildCim, guidOf, linkTo, u16, u32 } from "./fixtures/cim-builder.ts";
import { GOLDEN_GUID_TEXT, goldenFiles } from "./fixtures/golden-cim-files.ts";
import { needing } from "./fixtures/needing.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFolder } from "./fixtures/scratch.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

function layerkiln(...words: string[]) {
  return spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "latin1" });
}

/** Standard output of a command that must do what it is asked. */
function told(...words: string[]): string {
  const { status, stdout, stderr } = layerkiln(...words);
  assert.is(status, 0, stderr);
  assert.is(stderr, "");
  return stdout;
}

function write(header: Uint8Array, files: ReadonlyMap<string, Uint8Array>): string {
  const folder = join(scratchFolder(), "cims");
  mkdirSync(folder);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, "layer.cim"), header);
  return join(folder, "layer.cim");
}

const save = ({ header, files }: BuiltCim): string => write(header, files);

const { cim, files } = goldenFiles(2);
const GOLDEN = write(cim, files);
const ETE = Buffer.from("été").toString("latin1");

const ls = suite("layerkiln, of CIMs: ls");

ls("lists directories, whatever the case and the separators of their names", () => {
  assert.is(told("ls", GOLDEN), "Files\n");
  assert.is(told("ls", GOLDEN, "\\FILES"), `Alias.TXT\nads\nbig.bin\nea\nempty\nhello.txt\nln\nsub\n${ETE}\n`);
});

ls("with -l shows attributes, sizes, times, and where links lead", () => {
  assert.is(
    told("ls", "-l", GOLDEN, "/Files"),
    [
      "-a-----   12 2020-02-13 22:32:32 Alias.TXT",
      "-------    4 2020-02-13 22:32:32 ads",
      "--r---- 5000 2020-02-13 22:32:32 big.bin",
      "-------    1 2020-02-13 22:32:32 ea",
      "-------    0 2020-02-13 22:32:32 empty",
      "-a-----   12 2020-02-13 22:32:32 hello.txt",
      "------l    - 2020-02-13 22:32:32 ln -> hello.txt",
      "d------    - 2020-02-13 22:32:32 sub",
      `-------    3 2020-02-13 22:32:32 ${ETE}`,
      "",
    ].join("\n"),
  );
});

ls("with -a shows . and .., with -R all below, with --json what programs want", () => {
  assert.match(told("ls", "-laR", GOLDEN), /^\/Files\/sub:\nd------ - \S+ \S+ \.\nd------ - \S+ \S+ \.\.\n/m);
  assert.equal(JSON.parse(Buffer.from(told("ls", "-R", GOLDEN, "--json"), "latin1").toString()).at(-3), {
    path: "/Files/ln",
    file: 8,
    type: "symlink",
    attributes: ["reparse point"],
    size: 9,
    reparseTag: "0xa000000c",
    target: "hello.txt",
    lastWriteTime: "2020-02-13T22:32:32.6668288Z",
  });
});

ls.run();

const cat = suite("layerkiln, of CIMs: cat");

cat("writes files, through links, and alternate streams", () => {
  assert.is(told("cat", GOLDEN, "files/HELLO.txt"), "Hello, CIM!\n");
  assert.is(told("cat", GOLDEN, "\\Files\\ln"), "Hello, CIM!\n");
  assert.is(told("cat", GOLDEN, "files/ads:alpha"), "stream two");
  assert.is(told("cat", GOLDEN, "files\\ads:zone:$DATA"), "AB");
  assert.is(told("cat", GOLDEN, "files/HELLO.txt::$DATA"), "Hello, CIM!\n");
});

cat("says what is not there", () => {
  const { status, stderr } = layerkiln("cat", GOLDEN, "Files/ads:none");
  assert.is(status, 1);
  assert.is(stderr, "layerkiln: Files/ads: has no stream none in the image\n");
});

cat.run();

const stat = suite("layerkiln, of CIMs: stat");

stat("shows all that Windows knows of a file", () => {
  assert.is(
    told("stat", GOLDEN, "Files/ads"),
    `      path  Files/ads
attributes  none (0x0)
      size  4 bytes
      file  3, in directory 2
   written  2020-02-13T22:32:32.6668288Z
   changed  2020-02-13T22:32:32.6668288Z
  accessed  2020-02-13T22:32:32.6668288Z
   created  2020-02-13T22:32:32.6668288Z
  security  D:NO_ACCESS_CONTROL
    stream  Alpha, 10 bytes
    stream  zone, 2 bytes
`,
  );
  assert.match(told("stat", GOLDEN, "Files/ea"), /^ {8}ea {2}FOO = "bar"\n {8}ea {2}LONGER = "12345"$/m);
  assert.match(told("stat", GOLDEN, "Files/ln"), /^ {3}reparse {2}0xa000000c \(symbolic link\), 60 bytes$/m);
});

stat("names kinds of reparse points", () => {
  const TAGS: [tag: number, words: string][] = [
    [0x80000008, "file of a WIM"],
    [0x80000017, "file of WOF"],
    [0x8000001b, "application execution link"],
  ];
  for (const [tag, words] of TAGS) {
    const reparse = Buffer.concat([u32(tag), u16(4), u16(0), u32(1)]);
    const path = save(buildCim({ names: [["f", { reparse, flags: 0x20 }]] }));
    assert.match(told("stat", path, "f"), `0x${tag.toString(16)} (${words}), 12 bytes`);
  }
});

/** Owner Administrators, group SYSTEM, all rights for both and inherited, reading for Users. */
function descriptor(): Buffer {
  const sid = (...parts: number[]) =>
    Buffer.concat([Buffer.from([1, parts.length, 0, 0, 0, 0, 0, 5]), ...parts.map(u32)]);
  const ace = (flags: number, mask: number, who: Buffer) =>
    Buffer.concat([Buffer.from([0, flags]), u16(8 + who.length), u32(mask), who]);
  const aces = [ace(0x13, 0x1f01ff, sid(18)), ace(0, 0x1200a9, sid(32, 545))];
  const acl = Buffer.concat([
    Buffer.from([2, 0]),
    u16(8 + Buffer.concat(aces).length),
    u16(aces.length),
    u16(0),
    ...aces,
  ]);
  const [owner, group] = [sid(32, 544), sid(18)];
  const at = 20 + owner.length;
  const header = [Buffer.from([1, 0]), u16(0x9404), u32(20), u32(at), u32(0), u32(at + group.length)];
  return Buffer.concat([...header, owner, group, acl]);
}

stat("puts descriptors into words, and says what times are not set", () => {
  const file: BuiltNode = { sd: descriptor(), flags: 0xe, time: 0n };
  const path = save(
    buildCim({
      names: [
        ["f", file],
        ["none", { sd: null }],
      ],
    }),
  );
  const text = told("stat", path, "f");
  assert.match(text, /^ {2}security {2}O:BAG:SYD:PAI\(A;OICIID;FA;;;SY\)\(A;;0x1200a9;;;BU\)$/m);
  assert.match(text, /^attributes {2}archive, hidden, system \(0x26\)$/m);
  assert.match(text, /^ {3}created {2}not set$/m);
  assert.match(told("stat", path, "none"), /^ {2}security {2}none$/m);
});

stat("gives programs the bytes themselves", () => {
  const json = JSON.parse(told("stat", GOLDEN, "Files/ads", "--json"));
  assert.is(json.securityDescriptor, Buffer.from(`01000480${"00".repeat(16)}`, "hex").toString("base64"));
  assert.is(json.sddl, "D:NO_ACCESS_CONTROL");
  assert.equal(json.streams, [
    { name: "Alpha", size: 10 },
    { name: "zone", size: 2 },
  ]);
});

stat.run();

const others = suite("layerkiln, of CIMs: tree, inspect, check");

others("tree draws what there is", () => {
  assert.match(
    Buffer.from(told("tree", GOLDEN), "latin1").toString(),
    /├── ln -> hello\.txt\n.*├── sub\n.*└── été\n\n2 directories, 8 files\n$/,
  );
});

others("inspect tells of versions, regions, parents, and what is stored", () => {
  const text = told("inspect", GOLDEN);
  assert.match(text, /^filesystem {2}CIM 2\.0$/m);
  assert.match(text, new RegExp(`^regions {5}2 of set ${GOLDEN_GUID_TEXT}, 169400 bytes$`, "m"));
  assert.match(text, /^content of files +5020$/m);
  const parent = buildCim({ names: [] }, { guid: guidOf("parent") });
  const fork = save(
    buildCim({ names: [["a", { reparse: linkTo("b") }]] }, { guid: guidOf("fork"), parents: [parent] }),
  );
  assert.match(told("inspect", fork), new RegExp(`^parent {6}2 of set ${guidOf("parent")}, `, "m"));
  assert.is(JSON.parse(told("inspect", fork, "--json")).parents[0].guid, guidOf("parent"));
});

others("check says whether it is sound, and if not, what and where", () => {
  assert.is(told("check", GOLDEN), `${GOLDEN}: sound\n`);
  const file: BuiltNode = { content: Buffer.from("data") };
  const built = buildCim({ names: [["dir", { names: [["f", file]] }]] });
  built.metadata.writeUInt32LE(1 << 20, built.places.get(file)!.record! + 0x30);
  const path = save(built);
  const { status, stdout } = layerkiln("check", path);
  assert.is(status, 3);
  assert.is(
    stdout,
    `file 3 (/dir/f), region 1, byte 4096: 1048576 bytes of data, of 4096 there are\n${path}: 1 error\n`,
  );
  const { findings } = JSON.parse(layerkiln("check", path, "--json").stdout);
  assert.is(findings[0].problem, "StreamRange");
  assert.is(findings[0].path, "/dir/f");
});

needing("a shell and the programs of Unix", others)("pipes are not waited for", () => {
  const path = write(cim, files);
  const region = join(path, "..", `region_${GOLDEN_GUID_TEXT}_0`);
  rmSync(region);
  execFileSync("mkfifo", [region]);
  const ask = (...words: string[]) =>
    spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "latin1", timeout: 30_000, killSignal: "SIGKILL" });
  assert.match(ask("ls", path).stderr, "_0: is a pipe");
  const output = join(scratchFolder(), "new");
  const child = ["cim", "-", "-o", output, "--name", "child", "--parent"];
  assert.match(ask(...child, region).stderr, "_0: is no file");
  assert.match(ask(...child, path).stderr, "_0: is no file");
  assert.not.ok(existsSync(output));
});

others("check says which file of it is missing", () => {
  const alone = write(cim, new Map());
  const { status, stderr } = layerkiln("check", alone);
  assert.is(status, 1);
  assert.match(stderr, new RegExp(`region_${GOLDEN_GUID_TEXT}_0: .*no such file`, "i"));
});

others.run();
