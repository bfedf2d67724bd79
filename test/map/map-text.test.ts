/** Block maps in the terminal, as SVG and in JSON: `layerkiln inspect --map`, `--svg`. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawMap } from "../../src/host/cli/map-text.ts";
import { coloursOf, onGround } from "../../src/host/cli/terminal-colours.ts";
import { USE_LOOKS } from "../../src/host/image/map-uses.ts";
import { type BlockMap, drawMapSvg, openImage } from "../../src/index.ts";
import { goldenCimPath } from "../fixtures/golden-cim-path.ts";
import { makeImage } from "../fixtures/image.ts";
import { smallImage } from "../fixtures/images.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { PYTHON } from "../oracles/loop-mount.ts";
import { run } from "../oracles/oracle.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);
const KIB = 1024;
const MIB = 1024 * KIB;

function layerkiln(...words: string[]) {
  return spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "utf8", maxBuffer: 2 ** 28 });
}

function told(...words: string[]): string {
  const { status, stdout, stderr } = layerkiln(...words);
  assert.is(status, 0, stderr);
  assert.is(stderr, "");
  return stdout;
}

const ODD = 'a <b> & "c" \u001b[31m\u{1f600}';
const { image: bytes } = await makeImage(
  layerTar([
    entry("dir", "etc"),
    entry("file", `etc/${ODD}`, { data: Buffer.alloc(3 * MIB, "x") }),
    entry("file", "large", { data: Buffer.alloc(30 * MIB, "y") }),
  ]),
  { verity: true, container: "vhd", profile: "modern", filesystem: { journal: true, free: 20 * MIB } },
);
const VHD = scratchFile("layer.vhd", bytes);
const TINY = scratchFile("tiny.img", smallImage("tiny"));

const terminal = suite("layerkiln inspect --map");

terminal("draws a character a block, where there are few", () => {
  const text = told("inspect", TINY, "--map");
  assert.is(text.slice(text.indexOf("A character")), TINY_MAP);
});

const TINY_MAP = `A character is one block of 4096 bytes.

0  SGBITddd=

                         size   share  runs  first block
S superblock          4.0 KiB  11.1 %     1            0
G group descriptors   4.0 KiB  11.1 %     1            1
B block bitmap        4.0 KiB  11.1 %     1            2
I inode bitmap        4.0 KiB  11.1 %     1            3
T inode table         4.0 KiB  11.1 %     1            4
d directories        12.0 KiB  33.3 %     1            5
= file data           4.0 KiB  11.1 %     1            8
`;

terminal("marks what is rare among what is much", () => {
  const text = told("inspect", VHD, "--map");
  assert.match(text, /^A character is 16 blocks \(64.0 KiB\) and shows what takes most of them,\nor what is rare/m);
  const rows = [...text.matchAll(/^ *(\d+) {2}([!-~]{1,64})$/gm)].map(
    ([, block, row]) => [Number(block), row] as const,
  );
  for (const [index, [block]] of rows.entries()) assert.is(block, index * 1024);
  const cells = rows.map(([, row]) => row).join("");
  assert.match(cells, /^S=+BT+J+\.+Vh+F$/);
  for (const words of ["superblock of the hash tree", "footer of the VHD", "journal"]) assert.match(text, words);
});

terminal("says in JSON what it draws; every segment with --blocks", () => {
  const { map } = JSON.parse(told("inspect", VHD, "--map", "--json"));
  assert.is(map.size, bytes.length);
  assert.is(map.segments, undefined);
  assert.is(map.cells[0].mark, "superblock");
  assert.is(
    map.cells.reduce((sum: number, { length }: { length: number }) => sum + length, 0),
    map.size,
  );
  const { segments } = JSON.parse(told("inspect", TINY, "--map", "--json", "--blocks")).map;
  assert.equal(segments.at(-1), { use: "file-data", at: 32_768, length: 4096, inode: 13 });
  assert.is(JSON.parse(told("inspect", TINY, "--json")).map, undefined);
});

terminal("of a CIM is refused, and nothing is printed or written", () => {
  const svg = scratchPath("none.svg");
  for (const words of [["--map"], ["--svg", svg]]) {
    const { status, stdout, stderr } = layerkiln("inspect", goldenCimPath(), ...words);
    assert.equal([status, stdout], [4, ""]);
    assert.match(stderr, /^layerkiln: image: is a CIM, which has no blocks\n$/);
  }
  assert.not.ok(existsSync(svg));
});

terminal("says of what is damaged that it cannot be told", () => {
  const damaged = smallImage("tiny");
  damaged[4 * 4096 + 12 * 256 + 8]! ^= 1;
  const { status, stdout, stderr } = layerkiln("inspect", scratchFile("damaged.img", damaged), "--map");
  assert.is(status, 0);
  assert.match(stdout, "SGBITddd?");
  assert.match(
    stderr,
    /^layerkiln: ext4: inode 13: checksum .*; its blocks are shown as in use, and nothing says for what\n$/,
  );
});

terminal("has colours where the terminal has, and NO_COLOR is not set", () => {
  const screen = { isTerminal: true, write: () => true };
  const file = { isTerminal: false, write: () => true };
  assert.is(coloursOf(screen, { TERM: "xterm-256color" }), "256");
  assert.is(coloursOf(screen, { TERM: "xterm-256color", COLORTERM: "truecolor" }), "true");
  assert.is(coloursOf(screen, { TERM: "xterm-256color", NO_COLOR: "1" }), "none");
  assert.is(coloursOf(screen, { TERM: "xterm-256color", NO_COLOR: "" }), "256");
  assert.is(coloursOf(screen, { TERM: "dumb", COLORTERM: "truecolor" }), "none");
  assert.is(coloursOf(screen, { TERM: "vt100" }), "none");
  assert.is(coloursOf(file, { TERM: "xterm-256color", COLORTERM: "truecolor" }), "none");
  assert.is(onGround("#ff7a70", "#000000", "true"), "\x1b[38;2;0;0;0;48;2;255;122;112m");
  assert.is(onGround("#ff0000", "#ffffff", "256"), "\x1b[38;5;231;48;5;196m");
});

terminal("says the same with colours as without", async () => {
  const map = await mapOf(VHD);
  for (const width of [20, 80, 100, 200]) {
    const plain = drawMap(map, width, "none");
    for (const line of plain.split("\n\n")[1]!.split("\n"))
      assert.ok(line.length <= Math.max(width, 24), `${width}: ${line}`);
    for (const colours of ["256", "true"] as const) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what makes colours
      const bare = drawMap(map, width, colours).replace(/\x1b\[[\d;]*m/g, "");
      // File data is a colour alone, where there are colours.
      assert.is(
        bare.replace(/ /g, ""),
        plain.replace(/^( *\d+ {2})(.*)$/gm, (_, label, row) => label + row.replaceAll("=", " ")).replace(/ /g, ""),
      );
    }
  }
});

terminal.run();

async function mapOf(path: string): Promise<BlockMap> {
  const image = await openImage(path);
  const map = image.blockMap();
  image.close();
  return map;
}

/** What an XML parser of others' finds in a picture: its elements, and the texts in them. */
function parsed(svg: string): [tag: string, text: string][] {
  const script =
    "import sys, json, xml.etree.ElementTree as tree\n" +
    "print(json.dumps([[each.tag.split('}')[1], each.text or ''] for each in tree.fromstring(sys.stdin.buffer.read()).iter()]))";
  const { status, stdout, stderr } = run(PYTHON, ["-c", script], svg);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const picture = suite("layerkiln inspect --svg");

picture("is the same every time, in a file and on standard output", () => {
  const path = scratchPath("map.svg");
  assert.match(told("inspect", VHD, "--svg", path), /^image /);
  const svg = readFileSync(path, "utf8");
  assert.is(told("inspect", VHD, "--svg", "-"), svg);
  assert.ok(svg.length < 400 * KIB, `${svg.length}`);
});

picture("is XML that names every cell, and whose it is", () => {
  const svg = told("inspect", VHD, "--svg", "-");
  const titles = parsed(Buffer.from(svg).toString("latin1"))
    .filter(([tag]) => tag === "title")
    .map(([, text]) => text);
  assert.match(titles[0]!, /layer\.vhd$/);
  assert.ok(titles.some((title) => /^blocks \d+ to \d+ \(.*\): file data; \/large \(inode \d+\)$/.test(title)));
  const odd = titles.find((title) => title.includes("/etc/a"))!;
  assert.match(odd, `/etc/a <b> & "c" \\x1b[31m`);
  assert.match(titles.at(-1)!, /hash tree.*footer of the VHD 512 B|bytes \d+ to \d+: footer of the VHD/);
  for (const [name, value] of [...svg.matchAll(/ ([\w:-]+)="([^"]*)"/g)].map(
    ([, name, value]) => [name!, value!] as const,
  )) {
    assert.ok(!/^on|href|^style$/.test(name), `${name}=${value}`);
  }
});

picture("the parser says no to what is no XML", () => {
  assert.throws(() => parsed(told("inspect", TINY, "--svg", "-").replace("</desc>", "")), /mismatched tag/);
});

picture("of 20 GiB is no larger than that of a small image", () => {
  const blocks = 5_242_880;
  const map: BlockMap = {
    blockSize: 4096,
    blocksPerGroup: 32_768,
    size: blocks * 4096,
    starts: Float64Array.from({ length: 500_000 }, (_, index) => index * 4096 * 10),
    uses: Uint8Array.from({ length: 500_000 }, (_, index) => index % USE_LOOKS.length),
    owners: new Uint32Array(500_000),
  };
  const svg = drawMapSvg(map, { title: "scratch" });
  assert.ok(svg.length < 1_500_000, `${svg.length}`);
  assert.is(parsed(svg).filter(([tag]) => tag === "g").length, 1280);
});

picture.run();
