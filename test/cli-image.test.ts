/** The commands that look into an image, run as people run them. */
import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeImage } from "./fixtures/image.ts";
import { smallImage } from "./fixtures/images.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { needing } from "./fixtures/needing.ts";
import { noise } from "./fixtures/random.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { missing, type Oracle, present, run } from "./oracles/oracle.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function layerkiln(...words: string[]): Ended {
  return spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "latin1", maxBuffer: 2 ** 28 });
}

/** Standard output of a command that must do what it is asked. */
function told(...words: string[]): string {
  const { status, stdout, stderr } = layerkiln(...words);
  assert.is(status, 0, stderr);
  assert.is(stderr, "");
  return stdout;
}

const CONTENT = noise(1_500_000);
const { image: bytes } = await makeImage(
  layerTar([
    entry("dir", "etc", { mtime: 1_600_000_000_123_456_789n }),
    entry("file", "etc/passwd", {
      data: Buffer.from("root"),
      uid: 1000,
      gid: 100,
      mode: 0o4640,
      xattrs: [["user.a", Buffer.from("b")]],
    }),
    entry("symlink", "etc/link", { target: "passwd" }),
    entry("hardlink", "etc/twin", { target: "etc/passwd" }),
    entry("char", "null", { mode: 0o666, major: 1, minor: 3 }),
    entry("file", "large", { data: CONTENT }),
    entry("dir", "etc/below"),
    entry("file", "etc/below/\x1b[31mred\n\xff", { data: Buffer.from("x") }),
  ]),
);
const IMAGE = scratchFile("layer.ext4", bytes);
const RED = "\x1b[31mred\n\xff";

const ls = suite("layerkiln ls");

ls("lists the root, or a directory, a name a line", () => {
  assert.is(told("ls", IMAGE), "etc\nlarge\nlost+found\nnull\n");
  assert.is(told("ls", IMAGE, "/etc"), "below\nlink\npasswd\ntwin\n");
  assert.is(told("ls", IMAGE, "etc/passwd"), "/etc/passwd\n");
  assert.is(told("ls", "-a", IMAGE, "etc/below"), `.\n..\n${RED}\n`);
});

ls("-l shows what a file is", () => {
  assert.equal(told("ls", "-l", IMAGE, "etc").split("\n"), [
    "drwxr-xr-x 2    0   0 4096 2023-11-14 22:13:20 below",
    "lrwxrwxrwx 1    0   0    6 2023-11-14 22:13:20 link -> passwd",
    "-rwSr----- 2 1000 100    4 2023-11-14 22:13:20 passwd",
    "-rwSr----- 2 1000 100    4 2023-11-14 22:13:20 twin",
    "",
  ]);
  assert.match(told("ls", "-l", IMAGE), /^crw-rw-rw- 1 0 0 +1, 3 2023-11-14 22:13:20 null$/m);
});

ls("-R goes through all directories, in order", () => {
  assert.is(
    told("ls", "-R", IMAGE),
    `/:\netc\nlarge\nlost+found\nnull\n\n/etc:\nbelow\nlink\npasswd\ntwin\n\n/etc/below:\n${RED}\n\n/lost+found:\n`,
  );
});

ls("--json has an object for each file, and bytes that are no text in hex", () => {
  const files = JSON.parse(told("ls", "-R", "--json", IMAGE));
  assert.equal(
    files.map(({ path }: { path: string }) => path),
    [
      "/etc",
      "/large",
      "/lost+found",
      "/null",
      "/etc/below",
      "/etc/link",
      "/etc/passwd",
      "/etc/twin",
      "/etc/below/\x1b[31mred\n\u00ef\u00bf\u00bd",
    ],
  );
  assert.is(files.at(-1).pathHex, Buffer.from(`/etc/below/${RED}`, "latin1").toString("hex"));
  assert.equal(files[6], {
    path: "/etc/passwd",
    inode: files[7].inode,
    type: "file",
    mode: "4640",
    uid: 1000,
    gid: 100,
    links: 2,
    size: 4,
    mtime: "2023-11-14T22:13:20.000000000Z",
  });
  assert.is(files[5].target, "passwd");
  assert.equal(files[3].device, { major: 1, minor: 3 });
});

const script: Oracle = { name: "script", missing: missing("script", "bsdutils") };

if (present(script, ls)) {
  ls("shows a terminal no control characters", () => {
    const command = `'${process.execPath}' '${LAYERKILN}' ls '${IMAGE}' etc/below`;
    assert.is(run("script", ["-qec", command, "/dev/null"]).stdout.trim(), "\\x1b[31mred\\x0a\\xff");
  });
}

ls.run();

const cat = suite("layerkiln cat");

cat("writes a file's bytes, through links", () => {
  assert.is(told("cat", IMAGE, "etc/link"), "root");
  const { stdout } = spawnSync(process.execPath, [LAYERKILN, "cat", IMAGE, "large"], { maxBuffer: 2 ** 28 });
  assert.ok(Buffer.from(CONTENT).equals(stdout));
});

needing("a shell and the programs of Unix", cat)("ends in peace when nobody reads on", () => {
  const { stdout } = run("sh", [
    "-c",
    `'${process.execPath}' '${LAYERKILN}' cat '${IMAGE}' large 2>&1 | head -c 10 | wc -c`,
  ]);
  assert.is(stdout.trim(), "10");
});

cat.run();

const stat = suite("layerkiln stat");

stat("tells all of a file, attributes and blocks too", () => {
  const text = told("stat", IMAGE, "/etc/passwd");
  for (const line of [
    "type  regular file",
    "mode  4640 -rwSr-----",
    "owner  uid 1000, gid 100",
    "modified  2023-11-14T22:13:20.000000000Z",
    'xattr  user.a = "b"',
  ]) {
    assert.match(text, line);
  }
  assert.match(text, /extent {2}block 0 at \d+/);
  assert.match(told("stat", IMAGE, "null"), "character device 1, 3");
});

stat("--json has values of attributes in base64, and times to the nanosecond", () => {
  const { xattrs, extents } = JSON.parse(told("stat", "--json", IMAGE, "etc/passwd"));
  assert.equal(xattrs, { "user.a": "Yg==" });
  assert.is(extents.length, 1);
  assert.is(JSON.parse(told("stat", "--json", IMAGE, "etc")).mtime, "2020-09-13T12:26:40.123456789Z");
  assert.is(JSON.parse(told("stat", "--json", IMAGE, "etc/link")).type, "symlink");
  assert.is(JSON.parse(told("stat", "--json", "-L", IMAGE, "etc/link")).type, "file");
});

stat.run();

const tree = suite("layerkiln tree");

tree("draws it", () => {
  const drawn = Buffer.from(told("tree", IMAGE, "/"), "latin1").toString("utf8");
  assert.is(
    drawn,
    `/
├── etc
│   ├── below
│   │   └── \x1b[31mred\n\ufffd
│   ├── link -> passwd
│   ├── passwd
│   └── twin
├── large
├── lost+found
└── null

3 directories, 6 files
`,
  );
});

tree("--depth ends it, --json nests it", () => {
  assert.match(told("tree", "--depth", "1", IMAGE), "2 directories, 2 files");
  const top = JSON.parse(told("tree", "--json", IMAGE));
  assert.is(top.path, "/");
  const etc = top.entries.find(({ name }: { name: string }) => name === "etc");
  assert.equal(
    etc.entries.map(({ name }: { name: string }) => name),
    ["below", "link", "passwd", "twin"],
  );
  assert.is(layerkiln("tree", "--depth", "0", IMAGE).status, 2);
});

tree.run();

const inspect = suite("layerkiln inspect");

inspect("tells what an image is, and what its blocks are for", () => {
  const text = told("inspect", scratchFile("tiny.img", smallImage("tiny")));
  assert.match(text, "ext4, 36864 bytes (36.0 KiB)");
  assert.match(text, "01234567-89ab-cdef-0123-456789abcdef");
  assert.match(text, "metadata_csum read-only");
  assert.match(text, /^directory +3 +12\.0 KiB +1 +5$/m);
});

inspect("--json --blocks has every run of blocks", () => {
  const { filesystem, uses, runs } = JSON.parse(
    told("inspect", "--json", "--blocks", scratchFile("extents.img", smallImage("extents"))),
  );
  const sum = (list: { blocks?: number; count?: number }[]) =>
    list.reduce((all, { blocks, count }) => all + (blocks ?? count ?? 0), 0);
  assert.is(sum(uses), filesystem.blocks);
  assert.is(sum(runs), filesystem.blocks);
  assert.is(uses.find(({ use }: { use: string }) => use === "free").blocks, filesystem.freeBlocks);
});

inspect("sees through a VHD and a dm-verity tree", async () => {
  const { image } = await makeImage(layerTar([entry("file", "x")]), { vhd: true, verity: true });
  const text = told("inspect", scratchFile("layer.vhd", image));
  assert.match(text, "fixed VHD, dm-verity tree behind the filesystem");
  assert.match(text, /^verity +sha256, \d+ data blocks/m);
});

inspect("sends no escapes of a verity superblock to the terminal", async () => {
  const { image } = await makeImage(layerTar([entry("file", "x")]), { verity: true });
  image.write("\x1b[31msha\0", image.indexOf("verity\0\0") + 32, "latin1");
  const text = told("inspect", "--map", scratchFile("escapes.ext4", image));
  assert.match(text, /^verity +\S*sha, \d+ data blocks/m);
  assert.not.match(text, "\x1b");
});

inspect("says so where a journal was not replayed", () => {
  const dirty = smallImage("blocks");
  dirty.writeUInt32LE(dirty.readUInt32LE(1024 + 0x60) | 0x4, 1024 + 0x60);
  assert.match(told("inspect", scratchFile("dirty.img", dirty)), "its journal holds changes that are not seen here");
});

inspect.run();

const mistakes = suite("layerkiln ls, cat, stat, tree, inspect: mistakes");

const WRONG: [why: string, words: string[], status: number, message: RegExp][] = [
  ["no image", ["ls", "/no/such/image"], 1, /^layerkiln: \/no\/such\/image: no such file or directory\n$/],
  ["no path in it", ["cat", IMAGE, "nothing"], 1, /^layerkiln: nothing: no such file or directory in the image\n$/],
  ["a directory to cat", ["cat", IMAGE, "etc"], 1, /^layerkiln: etc: is a directory\n$/],
  ["a file to draw", ["tree", IMAGE, "large"], 1, /^layerkiln: large: is not a directory\n$/],
  [
    "what is no image",
    ["inspect", inRepository("README.md")],
    4,
    /^layerkiln: image: begins with 23 .*; what is read here is ext2/,
  ],
  ["a picture without a name", ["inspect", IMAGE, "--svg", ""], 2, /--svg needs the name of a file\n/],
  ["no argument", ["stat", IMAGE], 2, /PATH is missing\nSee: layerkiln stat --help\n$/],
  ["a damaged one", ["ls", scratchFile("damaged.img", damaged())], 1, /^layerkiln: ext4: inode 2: checksum 0x/],
];

function damaged(): Uint8Array {
  const image = smallImage("tiny");
  image[4 * 4096 + 256 + 8]! ^= 1; // a time of the root
  return image;
}

for (const [why, words, status, message] of WRONG) {
  mistakes(`${why} ends in one sentence`, () => {
    const ended = layerkiln(...words);
    assert.is(ended.status, status);
    assert.is(ended.stdout, "");
    assert.match(ended.stderr, message);
  });
}

mistakes("nothing is written over what it is made of", () => {
  const image = scratchFile("read.img", smallImage("tiny"));
  const link = `${image}.link`;
  symlinkSync(image, link);
  for (const words of [
    ["inspect", image, "--svg"],
    ["inspect", link, "--svg"],
    ["export", image, "-o"],
    ["disk", image, "--vhd", "-o"],
    ["diff", IMAGE, image, "-o"],
    ["ext4", image, "-o"],
    ["rootfs", link, "-o"],
    ["wsl", image, "-o"],
  ]) {
    const { status, stdout, stderr } = layerkiln(...words, image);
    assert.equal([status, stdout], [1, ""], words.join(" "));
    assert.is(stderr, `layerkiln: ${image}: is read here; what is made of it needs another name\n`);
  }
  assert.ok(readFileSync(image).equals(smallImage("tiny")));
});

mistakes("--no-verify reads on", () => {
  assert.match(told("ls", "--no-verify", scratchFile("damaged.img", damaged())), "lost+found");
});

mistakes("--help tells what each is for, with examples and exit codes", () => {
  for (const command of ["ls", "cat", "stat", "tree", "inspect"]) {
    const help = told(command, "--help");
    for (const part of ["USAGE", "EXAMPLE", `layerkiln ${command} `, "EXIT CODES"]) assert.match(help, part, command);
  }
});

mistakes.run();
