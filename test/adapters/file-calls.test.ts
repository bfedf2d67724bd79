/** Attributes and special files, held against what Python and stat see. */
import { constants, lstatSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { deviceNumber } from "../../src/adapters/linux/file-calls.ts";
import { linux } from "../../src/adapters/linux/platform.ts";
import { ErrorCode } from "../../src/index.ts";
import { noise } from "../fixtures/random.ts";
import { refuses } from "../fixtures/refuses.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { PYTHON } from "../oracles/loop-mount.ts";
import { mounts } from "../oracles/mounts.ts";
import { ask, present } from "../oracles/oracle.ts";

const files = (await linux.fileCalls!())!;

/** What Python finds: names and values, in hex. */
function attributes(path: Buffer): Record<string, string> {
  const script = `
import os, sys, json
path = bytes.fromhex(sys.argv[1])
names = os.listxattr(path, follow_symlinks=False)
print(json.dumps({os.fsencode(name).hex(): os.getxattr(path, name, follow_symlinks=False).hex() for name in names}))`;
  return JSON.parse(ask(PYTHON, ["-I", "-S", "-c", script, path.toString("hex")]));
}

/** An empty file of a name that is no text. */
function file(): Buffer {
  const path = Buffer.concat([Buffer.from(`${scratchFolder()}/`), Buffer.of(0xff, 0x20, 0xfe)]);
  writeFileSync(path, "");
  return path;
}

const calls = suite("linux: attributes and nodes");

if (present(mounts, calls)) {
  const NAMES = [Buffer.from("user.a"), Buffer.from("trusted.ü"), Buffer.from([...Buffer.from("user."), 0xff])];
  const VALUES = [Buffer.of(), Buffer.of(0), Buffer.from("text"), noise(2000)];

  calls("are set as bytes, whatever they are", () => {
    const path = file();
    for (const [index, name] of NAMES.entries()) files.setXattr(path, name, VALUES[index]!);
    const expected = NAMES.map((name, index) => [name.toString("hex"), VALUES[index]!.toString("hex")]);
    assert.equal(attributes(path), Object.fromEntries(expected));
  });

  calls("are read as they were set", () => {
    const path = file();
    for (const value of VALUES) {
      files.setXattr(path, NAMES[2]!, value);
      assert.equal(files.getXattr(path, NAMES[2]!), Buffer.from(value));
    }
    files.setXattr(path, "user.other", Buffer.from("1"));
    const names = files.listXattrs(path)!.sort(Buffer.compare);
    assert.equal(names, [Buffer.from("user.other"), NAMES[2]]);
  });

  calls("that are not there are undefined, where none are kept too", () => {
    assert.equal(files.listXattrs(file()), []);
    assert.is(files.getXattr(file(), "user.no"), undefined);
    assert.is(files.getXattr("/proc/self/stat", "user.no"), undefined);
  });

  calls("are those of a symbolic link itself", () => {
    const link = scratchPath("link");
    symlinkSync("nowhere", link);
    files.setXattr(link, "trusted.a", Buffer.from("1"));
    assert.equal(files.listXattrs(link), [Buffer.from("trusted.a")]);
    refuses(() => files.setXattr(link, "user.a", Buffer.from("1")), ErrorCode.PermissionDenied, /user\.a of .*EPERM/);
  });

  calls("of what is not there are refused", () => {
    const nowhere = scratchPath("nowhere");
    for (const work of [
      () => files.listXattrs(nowhere),
      () => files.getXattr(nowhere, "user.a"),
      () => files.setXattr(nowhere, "user.a", Buffer.of()),
      () => files.makeNode(join(nowhere, "x"), constants.S_IFIFO, 0, 0),
    ]) {
      refuses(work, ErrorCode.NotFound, /nowhere.*: ENOENT: no such file/);
    }
    refuses(() => files.getXattr("/tmp\0x", "user.a"), ErrorCode.InvalidArgument, /zero byte/);
    refuses(() => files.makeNode("/tmp", constants.S_IFIFO, 0, 0), ErrorCode.AlreadyExists, /\/tmp: EEXIST/);
  });

  const { S_IFBLK, S_IFCHR, S_IFIFO, S_IFREG, S_IFSOCK } = constants;
  const NODES: [mode: number, major: number, minor: number, expected: string][] = [
    [S_IFCHR, 0, 0, "character special file 0:0 0"], // a whiteout of overlayfs
    [S_IFCHR | 0o666, 1, 3, "character special file 1:3 666"],
    [S_IFBLK | 0o4600, 7, 255, "block special file 7:255 4600"],
    [S_IFBLK | 0o600, 4095, 1048575, "block special file 4095:1048575 600"],
    [S_IFIFO | 0o640, 0, 0, "fifo 0:0 640"],
    [S_IFSOCK | 0o600, 0, 0, "socket 0:0 600"],
    [S_IFREG | 0o600, 0, 0, "regular empty file 0:0 600"],
  ];
  for (const [mode, major, minor, expected] of NODES) {
    calls(`are made: ${expected}`, () => {
      const path = scratchPath("node");
      const umask = process.umask(0);
      try {
        files.makeNode(path, mode, major, minor);
      } finally {
        process.umask(umask);
      }
      assert.is(ask("stat", ["--format=%F %Hr:%Lr %a", path]).trim(), expected);
      if (major > 0) assert.is(BigInt(lstatSync(path).rdev), deviceNumber(major, minor));
    });
  }
}

calls.run();
