/** The programs, run as people run them. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeFilesystem } from "../src/index.ts";
import { edgeTar } from "./fixtures/edge.ts";
import { MemoryTarget, makeHcsshimImage, makeImage } from "./fixtures/image.ts";
import { needing } from "./fixtures/needing.ts";
import { realisticTar } from "./fixtures/realistic.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "./fixtures/scratch.ts";
import { type Answer, missing, type Oracle, present, run } from "./oracles/oracle.ts";

const { bin, version } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));
const LAYERKILN = inRepository(bin.layerkiln);
const TAR2EXT4 = inRepository(bin.tar2ext4);

interface Given {
  input?: Uint8Array;
  env?: Record<string, string>;
  cwd?: string;
}

function call(program: string, words: string[], { input, env, cwd }: Given = {}): Answer {
  return spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: undefined, ...env },
    ...(input && { input }),
    ...(cwd && { cwd }),
  });
}

const layerkiln = (words: string[], given?: Given): Answer => call(LAYERKILN, words, given);
const tar2ext4 = (words: string[], given?: Given): Answer => call(TAR2EXT4, words, given);

/** Parts of Node that `program` loads beyond what an empty one does. */
function loadedFor(program: string, words: string[]): string[] {
  const list = 'process.on("exit", () => require("fs").writeSync(2, process.moduleLoadList.join("\\n")));';
  const preload = scratchFile("preload.cjs", Buffer.from(list));
  const load = (path: string): string[] =>
    call(path, words, { env: { NODE_OPTIONS: `--require=${preload}` } }).stderr.split("\n");
  const always = new Set(load(scratchFile("empty.cjs", Buffer.from(""))));
  return load(program).filter((part) => !always.has(part));
}

const tar = edgeTar("wh-file");

const MIB = 2 ** 20;

const ext4 = suite("layerkiln ext4");

ext4("loads no part of Node that costs milliseconds and is not needed, for a plain layer and for gzip", () => {
  for (const bytes of [tar, gzipSync(tar)]) {
    const layer = scratchFile("layer", bytes);
    const loaded = [
      ...loadedFor(LAYERKILN, ["ext4", layer, "-o", scratchPath("image"), "--whiteouts=overlay"]),
      ...loadedFor(TAR2EXT4, ["-i", layer, "-o", scratchPath("image")]),
    ];
    assert.ok(loaded.includes("NativeModule v8"), "what is loaded is seen");
    for (const slow of ["internal/fs/promises", "zlib", "crypto", "net", "internal/modules/esm/loader"]) {
      assert.not.ok(loaded.includes(`NativeModule ${slow}`), slow);
    }
  }
});

ext4("writes the image, and tells its size and entries on standard output", async () => {
  const image = scratchPath("image");
  const { status, stdout, stderr } = layerkiln([
    "ext4",
    scratchFile("layer.tar", tar),
    "-o",
    image,
    "--whiteouts=overlay",
  ]);
  const { image: expected, result } = await makeImage(tar, { whiteouts: "overlay" });
  assert.is(status, 0, stderr);
  assert.ok(readFileSync(image).equals(expected));
  assert.match(stdout, image);
  assert.match(stdout, String(expected.length));
  assert.match(stdout, `${result.entries} entries`);
  assert.is(stderr, "");
});

ext4("takes every option that convert takes, and prints one JSON document with --json", async () => {
  const image = scratchPath("image");
  const gzip = gzipSync(tar);
  const layer = scratchFile("layer.tar.gz", gzip);
  const words = ["--profile", "hcsshim", "--whiteouts", "overlay", "--inline", "--convert-slash", "--max-size", "1G"];
  const { status, stdout, stderr } = layerkiln(["ext4", layer, "-o", image, ...words, "--verity", "--vhd", "--json"]);
  assert.is(status, 0, stderr);
  const { image: expected, result } = await makeHcsshimImage(tar, {
    whiteouts: "overlay",
    inline: true,
    convertSlash: true,
    maxSize: 2 ** 30,
    verity: true,
    vhd: true,
  });
  assert.ok(readFileSync(image).equals(expected));
  const document = JSON.parse(stdout);
  assert.equal(document, {
    image,
    size: expected.length,
    profile: "hcsshim",
    diffId: result.diffId,
    input: { digest: document.input.digest, size: gzip.length },
    entries: result.entries,
    whiteouts: result.whiteouts,
    rootHash: result.rootHash,
    hashOffset: result.hashOffset,
  });
  assert.match(document.input.digest, /^sha256:[0-9a-f]{64}$/);
  assert.is.not(document.input.digest, document.diffId);
  assert.is(stderr, "");
});

ext4("takes every option of the filesystem", async () => {
  const image = scratchPath("image");
  const uuid = "01234567-89ab-4def-8123-456789abcdef";
  const words = [
    "--free",
    "8M",
    "--journal-size",
    "4M",
    "--label",
    "żółw",
    "--uuid",
    uuid,
    "--block-size",
    "2048",
    "-q",
  ];
  const { status, stdout, stderr } = layerkiln(["ext4", scratchFile("layer.tar", tar), "-o", image, ...words]);
  assert.equal([status, stdout, stderr], [0, "", ""]);
  const filesystem = { free: 8 * MIB, journal: 4 * MIB, label: "żółw", uuid, blockSize: 2048 } as const;
  assert.ok(readFileSync(image).equals((await makeImage(tar, { filesystem })).image));
  const sized = ["--size", "16M", "--journal"];
  assert.is(layerkiln(["ext4", scratchFile("layer.tar", tar), "-o", image, ...sized]).status, 0);
  assert.ok(
    readFileSync(image).equals((await makeImage(tar, { filesystem: { size: 16 * MIB, journal: true } })).image),
  );
  assert.is(layerkiln(["ext4", scratchFile("layer.tar", tar), "-o", image, "--read-only"]).status, 0);
  assert.ok(readFileSync(image).equals((await makeImage(tar, { filesystem: { readOnly: true } })).image));
});

ext4("prints no root hash where there is none", () => {
  const { stdout } = layerkiln(["ext4", scratchFile("layer.tar", tar), "-o", scratchPath("image"), "--json"]);
  assert.not.ok("rootHash" in JSON.parse(stdout));
  assert.not.ok("hashOffset" in JSON.parse(stdout));
});

ext4("prints the root hash with --verity", async () => {
  const { stdout } = layerkiln(["ext4", scratchFile("layer.tar", tar), "-o", scratchPath("image"), "--verity"]);
  assert.match(stdout, (await makeImage(tar, { verity: true })).result.rootHash!);
});

ext4("reads standard input as -, from a pipe and from a file", async () => {
  const { image: expected } = await makeImage(tar);
  const piped = scratchPath("image");
  assert.is(layerkiln(["ext4", "-", "-o", piped], { input: gzipSync(tar) }).status, 0);
  assert.ok(readFileSync(piped).equals(expected));

  const redirected = scratchPath("image");
  const { status } = spawnSync(process.execPath, [LAYERKILN, "ext4", "-", "-o", redirected], {
    stdio: [openSync(scratchFile("layer.tar", tar), "r"), "ignore", "ignore"],
  });
  assert.is(status, 0);
  assert.ok(readFileSync(redirected).equals(expected));
});

ext4("reads a layer whose name begins with a dash after --", () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "-layer"), tar);
  assert.is(layerkiln(["ext4", "-o", "image", "--", "-layer"], { cwd: folder }).status, 0);
});

ext4("says of kept whiteouts that they can be converted, on standard error", () => {
  const { stderr, stdout } = layerkiln(["ext4", scratchFile("layer.tar", tar), "-o", scratchPath("image"), "--json"]);
  assert.match(stderr, "--whiteouts overlay");
  JSON.parse(stdout);
});

ext4("says nothing with --quiet", () => {
  const { status, stdout, stderr } = layerkiln([
    "ext4",
    scratchFile("layer.tar", tar),
    "-o",
    scratchPath("image"),
    "-q",
  ]);
  assert.equal([status, stdout, stderr], [0, "", ""]);
});

const FAILURES: [what: string, words: string[], status: number, says: RegExp][] = [
  ["a layer that breaks off", ["ext4", scratchFile("layer.tar", edgeTar("trunc-data")), "-o", "image"], 1, /tar: /],
  ["a layer that is not there", ["ext4", "no-such-layer", "-o", "image"], 1, /no-such-layer/],
  ["an image that cannot be", ["ext4", scratchFile("layer.tar", tar), "-o", "no/such/image"], 1, /no\/such\/image/],
  [
    "a format that is not read",
    ["ext4", scratchFile("layer.xz", Buffer.from("fd377a585a00", "hex")), "-o", "image"],
    4,
    /xz/,
  ],
  ["a layer past --max-size", ["ext4", scratchFile("layer.tar", tar), "-o", "image", "--max-size", "16K"], 1, /16384/],
  ["no layer", ["ext4", "-o", "image"], 2, /LAYER/],
  ["no image", ["ext4", "layer.tar"], 2, /--output/],
  ["a layer too many", ["ext4", "one", "two", "-o", "image"], 2, /two/],
  ["a flag that is none", ["ext4", "layer.tar", "-o", "image", "--wihteouts", "keep"], 2, /--whiteouts/],
  ["a value that is none", ["ext4", "layer.tar", "-o", "image", "--whiteouts", "aufs"], 2, /aufs/],
  ["a profile that is none", ["ext4", "layer.tar", "-o", "image", "--profile", "ext5"], 2, /ext5/],
  [
    "a size for profile hcsshim",
    ["ext4", scratchFile("layer.tar", tar), "-o", "image", "--profile", "hcsshim", "--size", "1G"],
    1,
    /hcsshim/,
  ],
  ["a UUID that is none", ["mkfs", "--size", "1M", "-o", "image", "--uuid", "one"], 1, /"one"/],
  ["a filesystem without a size", ["mkfs", "-o", "image"], 2, /--size/],
  ["a filesystem of half a block", ["mkfs", "--size", "1025", "-o", "image"], 1, /1025/],
  ["a size that is none", ["ext4", "layer.tar", "-o", "image", "--max-size", "much"], 2, /much/],
  ["a command that is none", ["ext5"], 2, /ext5/],
];

for (const [what, words, status, says] of FAILURES) {
  ext4(`ends with exit code ${status} for ${what}, and leaves nothing`, () => {
    const folder = scratchFolder();
    const answer = layerkiln(words, { cwd: folder });
    assert.is(answer.status, status);
    assert.match(answer.stderr, says);
    assert.is(answer.stdout, "");
    assert.not.match(answer.stderr, /\n\s+at /, "no stack: the fault is not ours");
    assert.equal(readdirSync(folder), []);
  });
}

ext4("explains itself with --help, on standard output", () => {
  const { status, stdout } = layerkiln(["ext4", "--help"]);
  assert.is(status, 0);
  for (const word of ["LAYER", "--output", "--whiteouts", "overlay", "--inline", "--convert-slash", "--max-size"]) {
    assert.match(stdout, word);
  }
  for (const word of [
    "--verity",
    "--vhd",
    "--json",
    "gzip",
    "EXIT CODES",
    "layerkiln ext4 layer.tar.gz -o layer.ext4",
  ]) {
    assert.match(stdout, word);
  }
});

ext4("prints no colours where NO_COLOR is set or the output is no terminal", () => {
  for (const env of [{ NO_COLOR: "1" }, {}] as Record<string, string>[]) {
    for (const words of [["--help"], ["ext4", "--help"], ["nonsense"], ["ext4"]]) {
      const { stdout, stderr } = layerkiln(words, { env });
      assert.not.match(stdout + stderr, "\x1b");
    }
  }
});

const scriptProgram: Oracle = { name: "script", missing: missing("script", "bsdutils") };

if (present(scriptProgram, ext4)) {
  /** What a program writes when its standard output and error are a terminal. */
  const onTerminal = (words: string[], env: Record<string, string> = {}): string => {
    const command = [process.execPath, LAYERKILN, ...words].map((word) => `'${word}'`).join(" ");
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return run("env", [...settings, "script", "-qec", command, "/dev/null"]).stdout;
  };

  ext4("shows a progress bar on a terminal, and takes it away again", () => {
    const layer = scratchFile("layer.tar", realisticTar(3000));
    const shown = onTerminal(["ext4", layer, "-o", scratchPath("image")], { TERM: "xterm" });
    assert.match(shown, "% of");
    const cleared = shown.lastIndexOf("\r\x1b[K");
    assert.ok(cleared > shown.lastIndexOf("% of"));
    assert.match(shown.slice(cleared), "entries");
    assert.not.match(onTerminal(["ext4", layer, "-o", scratchPath("image")], { TERM: "dumb" }), "% of");
    assert.not.match(onTerminal(["ext4", layer, "-o", scratchPath("image"), "-q"], { TERM: "xterm" }), "% of");
  });

  ext4("has no colours on a terminal with NO_COLOR", () => {
    assert.not.match(onTerminal(["ext4", "--help"], { NO_COLOR: "1", TERM: "xterm" }), "\x1b[");
  });

  ext4("does not wait for a layer from a terminal", () => {
    assert.match(onTerminal(["ext4", "-", "-o", scratchPath("image")]), "terminal");
  });
}

ext4("tells its version", () => {
  const { status, stdout } = layerkiln(["--version"]);
  assert.is(status, 0);
  assert.is(stdout.trim(), version);
});

needing("a shell and the programs of Unix", ext4)("completes commands, flags and values in a shell", () => {
  const propose = (line: string): string[] => {
    const { stdout } = layerkiln(["complete", "--", ...line.trim().split(" ")], { env: { COMP_LINE: line } });
    return stdout.split("\n").filter((word) => word !== "");
  };
  assert.ok(propose("layerkiln e").includes("ext4"));
  assert.ok(propose("layerkiln ext4 --whi").includes("--whiteouts"));
  assert.equal(propose("layerkiln ext4 --whiteouts ").sort(), ["keep", "overlay"]);
  assert.equal(run("bash", ["-n"], layerkiln(["completion", "bash"]).stdout).status, 0);
});

/** A program with half a layer on its standard input, once its partial image is there. */
async function halfway(program: string, words: string[], folder: string): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(process.execPath, [program, ...words], { cwd: folder });
  child.stdin.on("error", () => {}); // it goes while we still write
  child.stdin.write(realisticTar(500).subarray(0, 1 << 20));
  while (readdirSync(folder).length === 0 && child.exitCode === null) await setTimeout(10);
  return child;
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  needing("signals that a program hears of", ext4)(
    `leaves nothing behind when ${signal} ends it, and its exit code says so`,
    async () => {
      const folder = scratchFolder();
      const child = await halfway(LAYERKILN, ["ext4", "-", "-o", "image"], folder);
      child.kill(signal);
      const [exitCode] = await once(child, "exit");
      assert.is(exitCode, code);
      assert.equal(readdirSync(folder), []);
    },
  );
}

needing("a shell and the programs of Unix", ext4)("does not mind a reader of its output that has gone", () => {
  const piped = `'${process.execPath}' '${LAYERKILN}' ext4 --help | true; echo done`;
  assert.equal(run("sh", ["-c", piped]), { status: 0, stdout: "done\n", stderr: "" });
});

ext4.run();

const mkfs = suite("layerkiln mkfs");

mkfs("makes the filesystem that makeFilesystem makes, and tells its size", async () => {
  const image = scratchPath("image");
  const { status, stdout, stderr } = layerkiln(["mkfs", "--size", "64M", "--journal", "-o", image, "--json"]);
  assert.equal([status, stderr], [0, ""]);
  assert.equal(JSON.parse(stdout), { image, size: 64 * MIB });
  const target = new MemoryTarget();
  await makeFilesystem(target, { size: 64 * MIB, journal: true });
  assert.ok(readFileSync(image).equals(target.image));
});

mkfs("ends it with a footer with --vhd", async () => {
  const image = scratchPath("image");
  assert.match(layerkiln(["mkfs", "--size", "1M", "--vhd", "-o", image]).stdout, String(MIB + 512));
  assert.is(
    readFileSync(image)
      .subarray(MIB, MIB + 8)
      .toString(),
    "conectix",
  );
});

mkfs.run();

const dropIn = suite("tar2ext4");

dropIn("reads standard input and writes the file of -o, and says nothing", async () => {
  const image = scratchPath("image");
  const { status, stdout, stderr } = tar2ext4(["-o", image], { input: tar });
  assert.equal([status, stdout, stderr], [0, "", ""]);
  assert.ok(readFileSync(image).equals((await makeHcsshimImage(tar)).image));
});

dropIn("takes hcsshim's flags, with one dash or two, with = or without", async () => {
  const layer = scratchFile("layer.tar", tar);
  const { image: expected } = await makeHcsshimImage(tar, {
    whiteouts: "overlay",
    inline: true,
    convertSlash: true,
    vhd: true,
  });
  for (const flags of [
    ["-overlay", "-inline", "-convert-slash", "-vhd"],
    ["--overlay", "--inline=true", "-convert-slash=1", "-vhd=T"],
  ]) {
    const image = scratchPath("image");
    const { status, stderr } = tar2ext4(["-i", layer, "-o", image, ...flags]);
    assert.is(status, 0, stderr);
    assert.ok(readFileSync(image).equals(expected));
  }
  const image = scratchPath("image");
  assert.is(tar2ext4([`-i=${layer}`, `-o=${image}`, "-overlay=false"]).status, 0);
  assert.ok(readFileSync(image).equals((await makeHcsshimImage(tar)).image));
});

dropIn("appends a footer with -only-vhd, and nothing else changes", async () => {
  const raw = Buffer.alloc(1024, "image");
  const image = scratchPath("image");
  assert.is(tar2ext4(["-only-vhd", "-o", image], { input: raw }).status, 0);
  assert.ok(readFileSync(image).equals((await makeImage(raw, { raw: true, vhd: true })).image));
});

const REFUSALS: [what: string, words: string[], status: number, says: RegExp][] = [
  ["no output", [], 1, /^Usage of /],
  ["a word too many", ["-o", "image", "layer.tar"], 1, /^Usage of /],
  ["a flag that is none", ["-o", "image", "-nope"], 2, /flag provided but not defined: -nope/],
  ["a flag without its value", ["-o"], 2, /flag needs an argument: -o/],
  ["a switch with a word for a value", ["-o", "image", "-vhd=maybe"], 2, /invalid boolean value "maybe"/],
  ["a layer that is not there", ["-i", "no-such-layer", "-o", "image"], 1, /no-such-layer/],
];

for (const [what, words, status, says] of REFUSALS) {
  dropIn(`ends with exit code ${status} for ${what}, as hcsshim's does`, () => {
    const folder = scratchFolder();
    const answer = tar2ext4(words, { cwd: folder, input: tar });
    assert.is(answer.status, status);
    assert.match(answer.stderr, says);
    assert.is(answer.stdout, "");
    assert.equal(readdirSync(folder), []);
  });
}

dropIn("ends with exit code 1 and one line for a layer that is refused, and leaves no image", () => {
  const folder = scratchFolder();
  const { status, stdout, stderr } = tar2ext4(["-o", "image"], { cwd: folder, input: edgeTar("bad-checksum") });
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.is(stderr.trimEnd().split("\n").length, 1);
  assert.equal(readdirSync(folder), []);
});

dropIn("prints its flags for -help, and ends with exit code 0", () => {
  const { status, stderr } = tar2ext4(["-help"]);
  assert.is(status, 0);
  for (const flag of ["-i string", "-o string", "-overlay", "-convert-slash", "-vhd", "-only-vhd", "-inline"]) {
    assert.match(stderr, flag);
  }
});

needing("signals that a program hears of", dropIn)("leaves nothing behind when SIGINT ends it", async () => {
  const folder = scratchFolder();
  const child = await halfway(TAR2EXT4, ["-o", "image"], folder);
  child.kill("SIGINT");
  const [exitCode] = await once(child, "exit");
  assert.is(exitCode, 130);
  assert.equal(readdirSync(folder), []);
});

dropIn.run();
